/*
title: 有坐标而不在任何网格
group: location
record: place
says: 所属
harm: 没有网格员，定格定责时漏掉
who: 街道网格中心
fix: 补画网格，或核对坐标
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, r.is_rest AS wrong, r.code AS value
FROM place p JOIN region r ON r.id = p.region_id
WHERE p.state <> 'closed' AND p.geom IS NOT NULL
