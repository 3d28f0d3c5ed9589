/*
title: 危化评估已过三年
group: stale
record: place
says: 评估日期
harm: 基础分作废，危化企业评定成未知
who: 企业；应急管理部门
fix: 按应急〔2018〕19号重新评估诊断
effect: [hazchem_enterprise.base]
limits:
  scored_days: {value: 1095, unit: 天, source: 应急〔2018〕19号：每三年复评, certainty: rule, rule: hazchem_enterprise.inputs.base.valid_days}
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.facts ->> 'hazchem_scored_on' < CAST(CAST(:today AS date) - CAST(:scored_days AS int) AS text) AS wrong, p.facts ->> 'hazchem_scored_on' AS value
FROM place p
WHERE p.state <> 'closed' AND p.kinds @> ARRAY['hazchem'] AND p.facts ->> 'hazchem_scored_on' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
