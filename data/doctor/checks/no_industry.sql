/*
title: 企业没有行业
group: missing
record: place
harm: 按行业的风险下限和执法分工都用不上
who: 市场监管部门
fix: 按国民经济行业分类补代码
effect: [place.prior]
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.industry IS NULL AS wrong, NULL AS value
FROM place p
WHERE p.state <> 'closed' AND p.kinds @> ARRAY['enterprise']
