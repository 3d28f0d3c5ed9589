/*
title: 人数一个也没有
group: missing
record: place
harm: 后果严重性只能靠猜，评定成未知
who: 行业主管部门；检查人员现场核实
fix: 补从业人数、额定容量或高峰人数中任一个
effect: [place.severity, place.prior]
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.employees IS NULL AND p.capacity IS NULL AND p.facts ->> 'people_peak' IS NULL AS wrong, NULL AS value
FROM place p
WHERE p.state <> 'closed' AND p.kinds && ARRAY['enterprise', 'small_place', 'crowded_place', 'school', 'hospital']
