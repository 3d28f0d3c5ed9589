/*
title: 评定输入缺失或过期
group: input
record: assessment
says: 状态
harm: 这一项不知道，等级只能是区间；两端不同级就是未知
who: 该项数据的报送部门，见所属方案
fix: 按方案要求补报；过期的重新核查
family: true
summed: true
*/
-- one row for each assessment that lacks the input, and one for all that were judged in a region and source
SELECT l.assessment_id AS record_id, l.place_id, p.region_id, p.source, true AS wrong, l.input AS part,
       CASE WHEN l.stale THEN '过期' ELSE '缺失' END AS value, 0 AS subjects
FROM doctor_lack l JOIN place p ON p.id = l.place_id
UNION ALL
SELECT 0, NULL, j.region_id, j.source, false, i.input, NULL, j.n
FROM (SELECT a.scheme, p.region_id, p.source, CAST(count(*) AS int) AS n
      FROM assessment a JOIN place p ON p.id = a.place_id
      WHERE a.superseded_at IS NULL AND a.severity <> -1 GROUP BY 1, 2, 3) j
JOIN (SELECT DISTINCT input, split_part(input, '.', 1) AS scheme FROM doctor_lack) i ON i.scheme = j.scheme
