/*
title: 用气设施核查已过期
group: stale
record: gas_installation
says: 最后核查
harm: 报警器的好坏只能信 180 天，过期后评定成未知
who: 供气企业入户安检人员
fix: 重新入户核查并上报核查日期
effect: [gas_shop.alarm]
limits:
  check_days: {value: 180, unit: 天, source: 用气商户四色评定 alarm.valid_days, certainty: rule, rule: gas_shop.inputs.alarm.valid_days}
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, GREATEST(g.checked_on, g.last_visit_on) < CAST(:today AS date) - CAST(:check_days AS int) AS wrong, CAST(GREATEST(g.checked_on, g.last_visit_on) AS text) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.supply IS DISTINCT FROM 'none' AND COALESCE(g.checked_on, g.last_visit_on) IS NOT NULL
