/*
title: 网格没有人口
group: region
record: region
says: 代码
harm: 缺口影响多少人算不出来
who: 统计部门；社区
fix: 导入人口表
*/
SELECT r.id AS record_id, CAST(NULL AS bigint) AS place_id, r.id AS region_id, r.source,
       r.population_night IS NULL AND r.population_day IS NULL AS wrong, r.code AS value
FROM region r
WHERE r.level = 5 AND NOT r.is_rest
