/*
title: 单元没有登记任何物质
group: orphan
record: unit
says: 单元
harm: S 算不出来：可能是漏报的重大危险源
who: 企业；应急管理部门
fix: 登记单元内物质与设计最大量；空置的注明
effect: [major_hazard.holding]
*/
SELECT u.id AS record_id, p.id AS place_id, p.region_id, u.source,
       NOT EXISTS (SELECT FROM holding h WHERE h.unit_id = u.id) AS wrong, u.name AS value
FROM unit u JOIN place p ON p.id = u.place_id
WHERE p.state <> 'closed'
