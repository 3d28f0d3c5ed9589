/*
title: 一个设备编号登记了两次
group: duplicate
record: sensor
says: 设备编号
harm: 报警会响在别人家
who: 设备管理单位
fix: 核对编号，留下真实安装的一处
*/
SELECT s.id AS record_id, p.id AS place_id, p.region_id, s.source, count(*) OVER (PARTITION BY s.kind, s.code) > 1 AS wrong,
       s.code AS value
FROM sensor s JOIN place p ON p.id = s.place_id
