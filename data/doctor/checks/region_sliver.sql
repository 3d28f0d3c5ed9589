/*
title: 下级之间有碎缝
group: region
record: region
says: 碎缝
harm: 落在缝里的点归不到任何网格
who: 制图单位
fix: 相邻边界共用一条线，重新对边
limits:
  slim_m: {value: 5, unit: m, source: 本系统约定：平均宽度不到 5 m 的是碎缝, certainty: house}
  least_m2: {value: 1, unit: m², source: 本系统约定：更小的是坐标取整, certainty: house}
shapes: true
*/
SELECT a.id AS record_id, CAST(NULL AS bigint) AS place_id, a.id AS region_id, a.source,
       COALESCE(g.m2 > 0, false) AS wrong, g.shape,
       g.pieces || ' 处，' || round(CAST(g.m2 / 1e6 AS numeric), 4) || ' km²' AS value
FROM region a
JOIN (SELECT parent_id, ST_Union(geom) AS geom FROM region WHERE geom IS NOT NULL AND parent_id IS NOT NULL GROUP BY 1) c
    ON c.parent_id = a.id
CROSS JOIN LATERAL (
    SELECT sum(x.m2) AS m2, count(*) AS pieces, ST_Collect(x.geom) AS shape
    FROM (SELECT d.geom, ST_Area(CAST(d.geom AS geography)) AS m2,
                 ST_Perimeter(CAST(d.geom AS geography)) AS around
          FROM ST_Dump(ST_CollectionExtract(ST_Difference(a.geom, c.geom), 3)) d) x
    WHERE x.m2 > CAST(:least_m2 AS float) AND 2 * x.m2 / x.around < CAST(:slim_m AS float)) g
WHERE a.geom IS NOT NULL
