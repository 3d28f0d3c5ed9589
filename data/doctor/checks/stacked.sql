/*
title: 多家叠在同一个点上
group: location
record: place
says: 同点家数
harm: 多半是只知道市场大门或街道办的位置：网格、周边人口都按错的点算
who: 报送该来源的部门；数据管理员转告
fix: 逐家取点；确在同一栋楼的注明楼层
limits:
  stack: {value: 5, unit: 家, source: 本系统约定：五家及以上同一坐标，不像各有门牌, certainty: house}
*/
WITH spot AS MATERIALIZED (
    SELECT geom, count(*) AS n FROM place WHERE state <> 'closed' AND geom IS NOT NULL GROUP BY geom
    HAVING count(*) >= CAST(:stack AS int)
)
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, s.n IS NOT NULL AS wrong, CAST(s.n AS text) AS value
FROM place p LEFT JOIN spot s ON s.geom = p.geom
WHERE p.state <> 'closed' AND p.geom IS NOT NULL
