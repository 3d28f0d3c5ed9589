/*
title: 现场检查已过期
group: stale
record: place
says: 最后检查
harm: 一年前看过的不能算现在没有问题
who: 责任单位（街道、行业主管部门）
fix: 安排一次现场检查
effect: [place.visit]
limits:
  visit_days: {value: 365, unit: 天, source: 场所 LS 四色评定 visit_valid, certainty: rule, rule: place.limits.visit_valid.when}
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source,
       v.last_on < CAST(:today AS date) - CAST(:visit_days AS int) AS wrong, CAST(v.last_on AS text) AS value
FROM place p
JOIN (SELECT i.place_id, max(i.inspected_on) AS last_on FROM inspection i
      WHERE i.type NOT IN ('supplier_visit', 'self_check') AND i.result IN ('passed', 'hazards')
        AND i.inspected_on <= :today
      GROUP BY i.place_id) v ON v.place_id = p.id
WHERE p.state <> 'closed' AND p.kinds && ARRAY['enterprise', 'small_place', 'crowded_place', 'school', 'hospital']
