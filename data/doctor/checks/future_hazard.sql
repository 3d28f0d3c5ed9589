/*
title: 隐患在将来才发现
group: impossible
record: hazard
says: 日期
harm: 今天的统计里看不到它
who: 开单的检查单位
fix: 改正发现日期
*/
SELECT h.id AS record_id, p.id AS place_id, p.region_id, h.source,
       GREATEST(h.found_on, h.rectified_on, h.reinspected_on) > :today AS wrong,
       CAST(GREATEST(h.found_on, h.rectified_on, h.reinspected_on) AS text) AS value
FROM hazard h JOIN place p ON p.id = h.place_id
