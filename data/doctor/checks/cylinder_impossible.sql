/*
title: 单瓶重量不可能
group: impossible
record: cylinder
harm: 总量跟着错，红线判反
who: 供气企业
fix: 核对单位（kg）；最大的民用瓶充装 50 kg
effect: [gas_shop.total_kg]
limits:
  most_kg: {value: 118, unit: kg, source: GB 5842 最大规格 YSP118（充装 50 kg），水容积 118 L 也常误作重量, certainty: unverified}
*/
SELECT c.id AS record_id, p.id AS place_id, p.region_id, c.source, c.mass_kg > CAST(:most_kg AS float) AS wrong,
       CAST(c.mass_kg AS text) AS value
FROM cylinder c JOIN gas_installation g ON g.id = c.installation_id JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed'
