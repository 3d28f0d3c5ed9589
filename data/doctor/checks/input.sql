/*
title: 评定输入缺失或过期
group: input
record: assessment
says: 状态
harm: 这一项不知道，等级只能是区间；两端不同级就是未知
who: 该项数据的报送部门，见所属方案
fix: 按方案要求补报；过期的重新核查
family: true
*/
SELECT a.id AS record_id, a.place_id, p.region_id, p.source, l.input IS NOT NULL AS wrong,
       a.scheme || '.' || i.input AS part, CASE WHEN l.stale THEN '过期' ELSE '缺失' END AS value
FROM assessment a
JOIN place p ON p.id = a.place_id
JOIN (SELECT DISTINCT split_part(input, '.', 1) AS scheme, split_part(input, '.', 2) AS input FROM doctor_lack) i
    ON i.scheme = a.scheme
LEFT JOIN doctor_lack l ON l.assessment_id = a.id AND l.input = a.scheme || '.' || i.input
WHERE a.superseded_at IS NULL AND a.severity <> -1
