/*
title: 没有地址
group: missing
record: place
harm: 没有坐标时无处可找，消防车也不知去哪里
who: 报送该来源的部门；数据管理员转告
fix: 补门牌地址，写到街道和社区
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.address IS NULL AS wrong, NULL AS value
FROM place p
WHERE p.state <> 'closed'
