/*
title: 报警器有效却没有安装
group: contradictory
record: gas_installation
harm: 评定只能当作不知道，或被“有效”两个字骗过
who: 供气企业入户安检人员
fix: 入户核实，改正其中一项
effect: [gas_shop.alarm]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, g.alarm_working AND g.alarm_installed IS FALSE AS wrong, NULL AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.alarm_working IS NOT NULL
