/*
title: 一家场所有两名责任民警
group: contradictory
record: place
says: 人数
harm: 一对一变成谁都可以推给谁
who: 辖区派出所
fix: 留一名，其余的写明截止日期
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id AS region_id, p.source AS source, d.n > 1 AS wrong, CAST(d.n AS text) AS value
FROM place p
JOIN (SELECT u.place_id, count(DISTINCT u.officer_id) AS n FROM duty u
      WHERE u.role = 'police_officer' AND u.place_id IS NOT NULL
        AND (u.since IS NULL OR u.since <= :today) AND (u.until IS NULL OR u.until >= :today)
      GROUP BY 1) d ON d.place_id = p.id
WHERE p.state <> 'closed'
