/*
title: 已关闭的场所还排着检查
group: contradictory
record: place
says: 检查日期
harm: 白跑一趟，也可能其实还在营业
who: 排计划的检查单位
fix: 核实是否还在营业，撤销检查或改状态
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, i.next_on IS NOT NULL AS wrong,
       CAST(i.next_on AS text) AS value
FROM place p
LEFT JOIN (SELECT place_id, min(inspected_on) AS next_on FROM inspection WHERE inspected_on > :today GROUP BY 1) i
    ON i.place_id = p.id
WHERE p.state = 'closed'
