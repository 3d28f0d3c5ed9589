/*
title: 未销号隐患没有期限
group: missing
record: hazard
says: 隐患
harm: 永远不会逾期，没有人来催
who: 开单的检查单位
fix: 补整改期限；重大隐患按挂牌督办办
*/
SELECT h.id AS record_id, p.id AS place_id, p.region_id, h.source, h.deadline IS NULL AS wrong, h.description AS value
FROM hazard h JOIN place p ON p.id = h.place_id
WHERE h.state <> 'closed'
