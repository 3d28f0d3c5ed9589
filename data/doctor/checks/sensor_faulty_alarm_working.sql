/*
title: 登记为有效而设备自报故障
group: contradictory
record: gas_installation
says: 设备编号
harm: 纸面上有效，出事时不响
who: 供气企业；设备厂家
fix: 派人修复或更换探测器，再改登记
effect: [gas_shop.alarm]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, bool_and(s.fault) AS wrong, min(s.code) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id JOIN sensor s ON s.place_id = p.id AND s.kind = 'gas'
WHERE p.state <> 'closed' AND g.alarm_working
GROUP BY g.id, p.id
