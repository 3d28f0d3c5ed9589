/*
title: 一个网格有两名网格员
group: contradictory
record: region
says: 人数
harm: 定格定员定责落空
who: 街道网格中心
fix: 留一名，其余的写明截止日期
*/
SELECT r.id AS record_id, CAST(NULL AS bigint) AS place_id, r.id AS region_id, r.source AS source, d.n > 1 AS wrong, CAST(d.n AS text) AS value
FROM region r
JOIN (SELECT u.region_id, count(DISTINCT u.officer_id) AS n FROM duty u
      WHERE u.role = 'grid_officer' AND u.region_id IS NOT NULL
        AND (u.since IS NULL OR u.since <= :today) AND (u.until IS NULL OR u.until >= :today)
      GROUP BY 1) d ON d.region_id = r.id
WHERE r.level = 5 AND NOT r.is_rest
