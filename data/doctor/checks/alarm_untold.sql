/*
title: 报警器装没装、好不好没有填
group: missing
record: gas_installation
harm: 报警器一项占 30 分，不知道就评不出等级
who: 供气企业入户安检人员
fix: 入户时核实是否安装、是否有效，两项都要填
effect: [gas_shop.alarm]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, g.alarm_installed IS NULL OR (g.alarm_installed AND g.alarm_working IS NULL) AS wrong, NULL AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.supply IS DISTINCT FROM 'none'
