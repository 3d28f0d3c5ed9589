/*
title: 坐标落在水面上
group: location
record: place
says: 水面
harm: 点错了：水面上没有店
who: 报送该来源的部门；数据管理员转告
fix: 按地址核对坐标；成批偏移的先查坐标基准
limits:
  water_kinds: {value: [river], source: 片区类别“河道”的面；海面没有数据，不判断, certainty: house}
known: SELECT EXISTS (SELECT FROM zone WHERE kind = ANY (CAST(:water_kinds AS text[])) AND ST_Dimension(geom) = 2)
unknown: 没有水面数据（河道片区的面），判断不了；不等于没有落水的点
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, z.name IS NOT NULL AS wrong, z.name AS value
FROM place p
LEFT JOIN LATERAL (
    SELECT z.name FROM zone z
    WHERE z.kind = ANY (CAST(:water_kinds AS text[])) AND ST_Dimension(z.geom) = 2 AND ST_Contains(z.geom, p.geom)
    LIMIT 1) z ON true
WHERE p.state <> 'closed' AND p.geom IS NOT NULL
