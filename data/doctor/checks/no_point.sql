/*
title: 没有坐标
group: missing
record: place
says: 写明的区域
harm: 地图上看不到，消防覆盖、周边人口和网格归属都算不了
who: 报送该来源的部门；社区网格员到现场取点
fix: 补经纬度并写明坐标基准后重新导入；没有条件的由网格员现场定位
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.geom IS NULL AS wrong, p.named_region AS value
FROM place p
WHERE p.state <> 'closed'
