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
made_by: bare
*/
SELECT a.id AS record_id, CAST(NULL AS bigint) AS place_id, a.id AS region_id, a.source, g.m2 IS NOT NULL AS wrong, g.shape,
       g.pieces || ' 处，' || round(CAST(g.m2 / 1e6 AS numeric), 4) || ' km²' AS value
FROM region a
LEFT JOIN (SELECT b.region_id, sum(b.m2) AS m2, count(*) AS pieces, ST_Collect(b.geom) AS shape FROM doctor_bare b
           WHERE b.m2 > CAST(:least_m2 AS float) AND 2 * b.m2 / b.around < CAST(:slim_m AS float)
           GROUP BY 1) g ON g.region_id = a.id
WHERE a.geom IS NOT NULL AND EXISTS (SELECT FROM region c WHERE c.parent_id = a.id AND c.geom IS NOT NULL)
