/*
title: 没有联系电话
group: missing
record: place
harm: 出事时找不到人，检查前通知不到
who: 辖区网格员
fix: 下次入户时登记负责人手机
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.contact_phone IS NULL AS wrong, NULL AS value
FROM place p
WHERE p.state <> 'closed'
