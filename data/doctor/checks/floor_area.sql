/*
title: 建筑面积不可能
group: impossible
record: place
harm: 按面积分的规模、九小场所的界线都会错
who: 行业主管部门
fix: 核对单位（平方米、亩、平方公里）后改正
limits:
  most_m2: {value: 2000000, unit: m², source: 本系统约定：国内最大单体约 176 万 m², certainty: unverified}
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.floor_area_m2 <= 0 OR p.floor_area_m2 > CAST(:most_m2 AS float) AS wrong, CAST(p.floor_area_m2 AS text) AS value
FROM place p
WHERE p.state <> 'closed' AND p.floor_area_m2 IS NOT NULL
