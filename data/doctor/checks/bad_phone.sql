/*
title: 联系电话不像电话
group: impossible
record: place
says: 电话
harm: 打不通
who: 辖区网格员
fix: 下次入户时重新登记
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, regexp_replace(p.contact_phone, '[^0-9]', '', 'g') !~ '^[0-9]{7,13}$' AS wrong, p.contact_phone AS value
FROM place p
WHERE p.state <> 'closed' AND p.contact_phone IS NOT NULL
