/*
title: 用气设施的日期在将来
group: impossible
record: gas_installation
says: 日期
harm: 管龄、核查期算成没有过期
who: 供气企业入户安检人员
fix: 改正抄错的年份
effect: [gas_shop.hose_age, gas_shop.regulator_age, gas_shop.alarm, gas_shop.supplier_visit]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, GREATEST(g.hose_installed_on, g.regulator_installed_on, g.checked_on, g.last_visit_on) > :today AS wrong, CAST(GREATEST(g.hose_installed_on, g.regulator_installed_on, g.checked_on, g.last_visit_on) AS text) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND num_nonnulls(g.hose_installed_on, g.regulator_installed_on, g.checked_on, g.last_visit_on) > 0
