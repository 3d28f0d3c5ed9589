/*
title: 单元没有周边 500 m 人数
group: missing
record: unit
says: 单元
harm: α 系数只能取区间，重大危险源等级定不下来
who: 企业；应急管理部门
fix: 按厂界外 500 m 常住人数填报
effect: [major_hazard.people]
*/
SELECT u.id AS record_id, p.id AS place_id, p.region_id, u.source, u.exposed_people IS NULL AS wrong, u.name AS value
FROM unit u JOIN place p ON p.id = u.place_id
WHERE p.state <> 'closed'
