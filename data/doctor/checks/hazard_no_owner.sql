/*
title: 未销号隐患没有整改责任人
group: orphan
record: hazard
says: 隐患
harm: 没有人被催
who: 开单的检查单位
fix: 写明整改责任人
*/
SELECT h.id AS record_id, p.id AS place_id, p.region_id, h.source, NULLIF(btrim(h.owner), '') IS NULL AS wrong,
       h.description AS value
FROM hazard h JOIN place p ON p.id = h.place_id
WHERE h.state <> 'closed'
