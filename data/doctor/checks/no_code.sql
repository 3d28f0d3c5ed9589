/*
title: 没有统一社会信用代码
group: missing
record: place
harm: 几个部门的名单对不到一起，同一家会数成几家
who: 报送该来源的部门；数据管理员转告
fix: 按营业执照补 18 位代码；个体户没有执照的注明原因
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.uscc IS NULL AS wrong, NULL AS value
FROM place p
WHERE p.state <> 'closed'
