/*
title: LS 评估已过期
group: stale
record: place
says: 评估日期
harm: S、L 两个取值不再可信，评定成未知
who: 行业主管部门；第三方机构
fix: 重新评估并填评估日期
effect: [place.severity, place.likelihood]
limits:
  assessed_days: {value: 365, unit: 天, source: 场所 LS 四色评定 severity.valid_days, certainty: rule, rule: place.inputs.severity.valid_days}
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.facts ->> 'ls_assessed_on' < CAST(CAST(:today AS date) - CAST(:assessed_days AS int) AS text) AS wrong, p.facts ->> 'ls_assessed_on' AS value
FROM place p
WHERE p.state <> 'closed' AND p.facts ->> 'ls_assessed_on' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
