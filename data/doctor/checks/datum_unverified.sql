/*
title: 坐标基准未核
group: location
record: place
says: 写的是
harm: 可能偏 300–700 m，网格归属、消防覆盖都不可信
who: 报送该来源的部门；数据管理员转告
fix: 请报送部门书面声明坐标基准，或用几家已知位置的单位核对
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.datum_evidence = 'unverified' AS wrong, p.datum AS value
FROM place p
WHERE p.state <> 'closed' AND p.geom IS NOT NULL
