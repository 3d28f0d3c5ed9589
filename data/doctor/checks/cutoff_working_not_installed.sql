/*
title: 切断阀有效却没有安装
group: contradictory
record: gas_installation
harm: 自动切断是否在位不可信
who: 供气企业入户安检人员
fix: 入户核实，改正其中一项
effect: [gas_shop.cutoff]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, g.cutoff_working AND g.cutoff_installed IS FALSE AS wrong, NULL AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.cutoff_working IS NOT NULL
