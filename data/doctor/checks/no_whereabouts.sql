/*
title: 既无坐标也无所在区域
group: missing
record: place
harm: 只能挂在市的“未落格”下，没有哪个街道管它
who: 报送该来源的部门；数据管理员转告
fix: 至少写明所在街道或社区，最好补坐标
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.geom IS NULL AND p.named_region IS NULL AS wrong, NULL AS value
FROM place p
WHERE p.state <> 'closed'
