/*
title: 还没到日期的检查已有结果
group: impossible
record: inspection
says: 日期
harm: 没做的检查算成做过
who: 检查单位
fix: 改正检查日期，或删去预填的结果
*/
SELECT i.id AS record_id, p.id AS place_id, p.region_id, i.source, i.inspected_on > :today AS wrong,
       CAST(i.inspected_on AS text) AS value
FROM inspection i JOIN place p ON p.id = i.place_id
WHERE i.result IS NOT NULL
