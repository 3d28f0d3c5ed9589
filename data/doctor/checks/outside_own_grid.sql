/*
title: 坐标不在所属网格里
group: location
record: place
says: 所属网格
harm: 归属和地图不一致，换了区划边界后没有重挂
who: 数据管理员
fix: 重新导入区划或场所，归属会按坐标重算
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, NOT ST_Covers(r.geom, p.geom) AS wrong, r.code AS value
FROM place p JOIN region r ON r.id = p.region_id
WHERE p.state <> 'closed' AND p.geom IS NOT NULL AND r.geom IS NOT NULL
