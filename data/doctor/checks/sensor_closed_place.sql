/*
title: 传感器装在已关闭的场所
group: orphan
record: sensor
says: 设备编号
harm: 报警没人管，或其实还在营业
who: 设备管理单位；供气企业
fix: 拆除或移装；还在营业的改场所状态
*/
SELECT s.id AS record_id, p.id AS place_id, p.region_id, s.source, p.state = 'closed' AS wrong, s.code AS value
FROM sensor s JOIN place p ON p.id = s.place_id
