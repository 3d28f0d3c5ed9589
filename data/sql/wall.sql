-- Reads of data/wall.py: what the wall shows beside the figures of data/figures.py.

-- name: city
SELECT name, is_demo, attribution FROM city;

-- name: versions
-- Versions of everything that can change, and when something last did.
SELECT layer, version, changed_at FROM layer_version;

-- name: alarms
-- The newest alarms that are not closed, the newest first; beside each its place and the way to it.
SELECT a.id, a.level, a.kind, a.value, s.unit, a.raised_at, a.state, a.place_id, p.name AS place,
       ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat,
       (SELECT string_agg(u.name, ' · ' ORDER BY u.level) FROM region u
        WHERE u.id = ANY (r.path) AND u.level BETWEEN 2 AND 3 AND NOT u.is_rest) AS region_name
FROM alarm a
JOIN place p ON p.id = a.place_id
JOIN region r ON r.id = p.region_id
LEFT JOIN sensor s ON s.id = a.sensor_id
WHERE a.state <> 'closed' AND ({scope r.path})
ORDER BY a.raised_at DESC, a.id DESC
LIMIT :limit;

-- name: alarm_counts
-- Alarms that are not closed, by the child of the node they lie in (`:level` is the children's level).
SELECT r.path[CAST(:level AS int)] AS node, count(*)::int AS open, (count(*) FILTER (WHERE a.level = 2))::int AS high
FROM alarm a
JOIN place p ON p.id = a.place_id
JOIN region r ON r.id = p.region_id
WHERE a.state <> 'closed' AND ({scope r.path})
GROUP BY 1;
