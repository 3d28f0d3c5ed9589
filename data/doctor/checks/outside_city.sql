/*
title: 坐标在市界以外
group: location
record: place
says: 坐标
harm: 点显然错了，或企业不归本市管
who: 报送该来源的部门；数据管理员转告
fix: 核对经纬度（是否颠倒、是否缺坐标基准）
known: SELECT EXISTS (SELECT FROM region WHERE level = 1 AND geom IS NOT NULL)
unknown: 市没有边界，判断不了坐标是否在市内
*/
-- a place in a region with an outline of its own is inside; only those of the city's own rest are looked at one by one
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source,
       r.is_rest AND r.level = 2 AND NOT ST_Covers(c.geom, p.geom) AS wrong,
       round(CAST(ST_X(p.geom) AS numeric), 5) || ', ' || round(CAST(ST_Y(p.geom) AS numeric), 5) AS value
FROM place p JOIN region r ON r.id = p.region_id JOIN region c ON c.level = 1 AND c.geom IS NOT NULL
WHERE p.state <> 'closed' AND p.geom IS NOT NULL
