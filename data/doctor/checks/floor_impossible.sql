/*
title: 楼层不可能
group: impossible
record: gas_installation
harm: 二层及以上禁用 50 kg 瓶，楼层错就判错
who: 供气企业入户安检人员
fix: 核对楼层；地下填负数，没有 0 层
effect: [gas_shop.underground, gas_shop.upstairs_50kg]
limits:
  highest: {value: 130, unit: 层, source: 本系统约定：国内最高楼 128 层, certainty: house}
  lowest: {value: -10, unit: 层, source: 本系统约定, certainty: house}
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, g.floor_no = 0 OR g.floor_no > CAST(:highest AS int) OR g.floor_no < CAST(:lowest AS int) AS wrong, CAST(g.floor_no AS text) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.floor_no IS NOT NULL
