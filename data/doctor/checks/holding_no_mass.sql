/*
title: 危险物质没有设计最大量
group: missing
record: holding
says: 物质
harm: S 和 R 算不出来
who: 企业；应急管理部门
fix: 按设计文件填设计最大量（吨）
effect: [major_hazard.holding]
*/
SELECT h.id AS record_id, p.id AS place_id, p.region_id, h.source, h.design_max_t IS NULL AS wrong, h.substance AS value
FROM holding h JOIN place p ON p.id = h.place_id
WHERE p.state <> 'closed' AND h.unit_id IS NOT NULL
