/*
title: 软管长度不可能
group: impossible
record: gas_installation
harm: 多半是厘米当成米：长度一项作废
who: 供气企业入户安检人员
fix: 核对单位（米）后改正
effect: [gas_shop.hose_m]
limits:
  most_hose_m: {value: 100, unit: m, source: 用气商户四色评定 hose_m.maximum, certainty: rule, rule: gas_shop.inputs.hose_m.maximum}
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, g.hose_m <= 0 OR g.hose_m > CAST(:most_hose_m AS float) AS wrong, CAST(g.hose_m AS text) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.hose_m IS NOT NULL
