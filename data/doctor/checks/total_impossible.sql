/*
title: 钢瓶总量不可能
group: impossible
record: gas_installation
harm: 吨写成千克或反过来，红线判反
who: 供气企业
fix: 核对单位（kg）后改正
effect: [gas_shop.total_kg]
limits:
  least_kg: {value: 1, unit: kg, source: 用气商户四色评定 implausible, certainty: rule, rule: gas_shop.limits.implausible.when}
  most_kg: {value: 20000, unit: kg, source: 用气商户四色评定 total_kg.maximum, certainty: rule, rule: gas_shop.inputs.total_kg.maximum}
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, (g.cylinder_total_kg > 0 AND g.cylinder_total_kg < CAST(:least_kg AS float)) OR g.cylinder_total_kg > CAST(:most_kg AS float) AS wrong, CAST(g.cylinder_total_kg AS text) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.cylinder_total_kg IS NOT NULL
