/*
title: 区域没有边界
group: region
record: region
says: 代码
harm: 落不了点，人口和密度算不了
who: 民政或网格中心
fix: 导入这一级的边界
*/
SELECT r.id AS record_id, CAST(NULL AS bigint) AS place_id, r.id AS region_id, r.source, r.geom IS NULL AS wrong,
       r.code AS value
FROM region r
WHERE NOT r.is_rest
