/*
title: 边界伸出上级
group: region
record: region
says: 伸出
harm: 同一个点在这一级有、在上一级没有，合计对不上
who: 制图单位；数据管理员
fix: 以上级边界裁切，或改上级边界
limits:
  least_m2: {value: 100, unit: m², source: 本系统约定：更小的是坐标取整, certainty: house}
shapes: true
*/
SELECT r.id AS record_id, CAST(NULL AS bigint) AS place_id, r.id AS region_id, r.source,
       ST_Area(CAST(o.shape AS geography)) > CAST(:least_m2 AS float) AS wrong, o.shape,
       round(CAST(ST_Area(CAST(o.shape AS geography)) / 1e6 AS numeric), 4) || ' km²' AS value
FROM region r JOIN region a ON a.id = r.parent_id AND a.geom IS NOT NULL
CROSS JOIN LATERAL (
    SELECT CASE WHEN ST_CoveredBy(r.geom, a.geom) THEN NULL
                ELSE ST_CollectionExtract(ST_Difference(r.geom, a.geom), 3) END AS shape) o
WHERE r.geom IS NOT NULL
