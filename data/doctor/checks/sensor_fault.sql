/*
title: 传感器自报故障
group: device
record: sensor
says: 设备编号
harm: 不能算有效报警装置
who: 供气企业；设备厂家
fix: 修复或更换
*/
SELECT s.id AS record_id, p.id AS place_id, p.region_id, s.source, s.fault AS wrong, s.code AS value
FROM sensor s JOIN place p ON p.id = s.place_id
WHERE p.state <> 'closed'
