/*
title: 坐标不在写明的区域里
group: location
record: place
says: 写明的区域
harm: 点可能错了，也可能区域写错：网格员找不到人
who: 报送该来源的部门；数据管理员转告
fix: 按地址核对坐标和区域，改错的一个；成批的先查坐标基准
*/
WITH named AS MATERIALIZED (
    SELECT code AS named, id FROM region WHERE NOT is_rest
    UNION ALL SELECT name, min(id) FROM region WHERE NOT is_rest GROUP BY name HAVING count(*) = 1
)
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, NOT ST_Covers(r.geom, p.geom) AS wrong,
       p.named_region AS value
FROM place p JOIN named n ON n.named = p.named_region JOIN region r ON r.id = n.id
WHERE p.state <> 'closed' AND p.geom IS NOT NULL AND r.geom IS NOT NULL
