/*
title: 场所没有人负责
group: orphan
record: place
harm: 出了隐患没有人接，不漏管落空
who: 街道；辖区派出所
fix: 指定责任民警、网格员或包保责任人
limits:
  from_level: {value: 4, unit: 级, source: 本系统约定：社区和网格的人算负责，区、街领导不算, certainty: house}
*/
WITH looked_after AS MATERIALIZED (
    SELECT DISTINCT u.place_id, u.region_id FROM duty u
    WHERE (u.since IS NULL OR u.since <= :today) AND (u.until IS NULL OR u.until >= :today)
), covered AS MATERIALIZED (
    SELECT DISTINCT r.id
    FROM region r CROSS JOIN LATERAL unnest(r.path[CAST(:from_level AS int) : 5]) above
    JOIN looked_after d ON d.region_id = above
)
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, o.id IS NULL AND c.id IS NULL AS wrong, NULL AS value
FROM place p
LEFT JOIN covered c ON c.id = p.region_id
LEFT JOIN (SELECT DISTINCT place_id AS id FROM looked_after WHERE place_id IS NOT NULL) o ON o.id = p.id
WHERE p.state <> 'closed'
