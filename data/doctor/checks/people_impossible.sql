/*
title: 人数或容量不可能
group: impossible
record: place
harm: 后果严重性按人数分档，会差一两档
who: 行业主管部门
fix: 核对人数、床位、座位数
limits:
  most_people: {value: 300000, unit: 人, source: 本系统约定：一处场所不会更多, certainty: house}
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, COALESCE(p.capacity <= 0 OR p.capacity > CAST(:most_people AS int), false) OR COALESCE(p.employees > CAST(:most_people AS int), false) AS wrong, concat_ws(' / ', p.employees, p.capacity) AS value
FROM place p
WHERE p.state <> 'closed' AND num_nonnulls(p.employees, p.capacity) > 0
