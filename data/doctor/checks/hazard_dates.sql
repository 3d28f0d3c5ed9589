/*
title: 隐患的日期前后颠倒
group: contradictory
record: hazard
says: 发现 → 后续
harm: 逾期与销号的时间都不可信
who: 开单的检查单位
fix: 按原始文书改发现、期限、整改、复查日期
*/
SELECT h.id AS record_id, p.id AS place_id, p.region_id, h.source,
       LEAST(h.deadline, h.rectified_on, h.reinspected_on) < h.found_on AS wrong,
       h.found_on || ' → ' || LEAST(h.deadline, h.rectified_on, h.reinspected_on) AS value
FROM hazard h JOIN place p ON p.id = h.place_id
WHERE num_nonnulls(h.deadline, h.rectified_on, h.reinspected_on) > 0
