/*
title: 边界整体偏移
group: region
record: region
says: 证据
harm: 边上几百米的场所全挂到邻区，人口和覆盖也跟着错；一侧是海面或空地时也会这样，请先看图
who: 制图单位；数据管理员
fix: 对照遥感或民政勘界核实；属实的由制图单位平移后重新导入，本系统只建议、不改边界
limits:
  least_explained: {value: 0.2, unit: 份, source: 本系统约定：平移能消掉两成以上的偏差才报, certainty: house}
shapes: true
made_by: shifts
*/
SELECT r.id AS record_id, CAST(NULL AS bigint) AS place_id, r.id AS region_id, r.source,
       COALESCE(x.explained >= CAST(:least_explained AS float), false) AS wrong, x.value, x.shape
FROM region r LEFT JOIN doctor_shift x ON x.region_id = r.id
WHERE r.level BETWEEN 2 AND 4 AND r.geom IS NOT NULL
