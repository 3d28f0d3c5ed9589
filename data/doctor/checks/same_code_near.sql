/*
title: 同码同名且相距 50 m 内
group: duplicate
record: place
says: 代码
harm: 一家数成几家，检查也分到几本账上
who: 数据管理员
fix: 在“同一家”队列里核对合并；一照多址的保留
limits:
  near_m: {value: 50, unit: m, source: 本系统约定：同一门面的取点误差, certainty: house}
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source,
       EXISTS (SELECT FROM place o
               WHERE o.uscc = p.uscc AND o.id <> p.id AND o.name = p.name AND o.state <> 'closed'
                 AND ST_DWithin(CAST(o.geom AS geography), CAST(p.geom AS geography), CAST(:near_m AS float))) AS wrong,
       p.uscc AS value
FROM place p
WHERE p.state <> 'closed' AND p.uscc IS NOT NULL AND p.geom IS NOT NULL
