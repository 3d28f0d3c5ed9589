/*
title: 总量小于逐瓶之和
group: contradictory
record: gas_installation
says: 总量 < 逐瓶
harm: 按哪个数算结果差一档
who: 供气企业
fix: 按现场钢瓶改总量，或注销已收回的钢瓶
limits:
  slack_kg: {value: 0.5, unit: kg, source: 本系统约定：四舍五入的余地, certainty: house}
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source,
       g.cylinder_total_kg < c.kg - CAST(:slack_kg AS float) AS wrong,
       g.cylinder_total_kg || ' < ' || c.kg || ' kg' AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
JOIN (SELECT installation_id, sum(mass_kg) AS kg FROM cylinder GROUP BY 1) c ON c.installation_id = g.id
WHERE p.state <> 'closed' AND g.cylinder_total_kg IS NOT NULL
