/*
title: 已关闭的场所还有未销号隐患
group: contradictory
record: place
says: 未销号
harm: 逾期数虚高，或人去楼空而隐患还在
who: 隐患的督办单位
fix: 复查现场：确已清空的销号，还在营业的改状态
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, h.n IS NOT NULL AS wrong, CAST(h.n AS text) AS value
FROM place p
LEFT JOIN (SELECT place_id, count(*) AS n FROM hazard WHERE state <> 'closed' GROUP BY 1) h ON h.place_id = p.id
WHERE p.state = 'closed'
