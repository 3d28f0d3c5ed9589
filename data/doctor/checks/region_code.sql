/*
title: 代码与上级不相接
group: region
record: region
says: 上级 → 本级
harm: 按代码汇总会算到别处；开发区代管的属正常，请确认
who: 民政或统计部门
fix: 核对代码；代管的注明
*/
SELECT r.id AS record_id, CAST(NULL AS bigint) AS place_id, r.id AS region_id, r.source,
       left(r.code, CASE WHEN a.level = 1 THEN 4 ELSE length(a.code) END)
           <> left(a.code, CASE WHEN a.level = 1 THEN 4 ELSE length(a.code) END) AS wrong,
       a.code || ' → ' || r.code AS value
FROM region r JOIN region a ON a.id = r.parent_id
WHERE NOT r.is_rest
