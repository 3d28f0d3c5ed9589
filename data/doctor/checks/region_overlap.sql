/*
title: 同级边界重叠
group: region
record: region
says: 与
harm: 重叠处的场所归谁看先后，责任不清
who: 制图单位；两边的街道
fix: 会商定界，改其中一个
limits:
  least_m2: {value: 100, unit: m², source: 本系统约定：更小的是坐标取整, certainty: house}
shapes: true
*/
-- both sides are found, each with what lies over it
SELECT r.id AS record_id, CAST(NULL AS bigint) AS place_id, r.id AS region_id, r.source,
       COALESCE(o.m2 > CAST(:least_m2 AS float), false) AS wrong, o.shape,
       o.names || '：' || round(CAST(o.m2 / 1e6 AS numeric), 4) || ' km²' AS value
FROM region r
CROSS JOIN LATERAL (
    SELECT ST_Union(x.shape) AS shape, ST_Area(CAST(ST_Union(x.shape) AS geography)) AS m2,
           string_agg(x.name, '、' ORDER BY x.name) AS names
    FROM (SELECT s.name, ST_CollectionExtract(ST_Intersection(r.geom, s.geom), 3) AS shape
          FROM region s
          WHERE s.level = r.level AND s.id <> r.id AND s.geom && r.geom AND ST_Relate(r.geom, s.geom, 'T********')) x
    WHERE ST_Area(CAST(x.shape AS geography)) > CAST(:least_m2 AS float)) o
WHERE r.geom IS NOT NULL
