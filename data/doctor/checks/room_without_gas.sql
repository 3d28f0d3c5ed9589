/*
title: 有瓶组间而钢瓶总量不大于零
group: contradictory
record: gas_installation
harm: 100 kg、420 kg 的判断会落到最轻的一档
who: 供气企业
fix: 核实总量；确已停用的把瓶组间改为无
effect: [gas_shop.total_kg]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, COALESCE(g.has_room, false) AND g.cylinder_total_kg <= 0 AS wrong, CAST(g.cylinder_total_kg AS text) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.cylinder_total_kg IS NOT NULL
