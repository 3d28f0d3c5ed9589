-- Reads of data/figures.py: key figures of a node.

-- name: kinds
-- Places by kind; a place with three kinds counts in each, so these numbers overlap.
SELECT k AS kind, sum(s.n)::int AS n
FROM (SELECT p.kinds, count(*) AS n FROM place p JOIN region r ON r.id = p.region_id
      WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path}) GROUP BY 1) s
CROSS JOIN LATERAL unnest(s.kinds) AS u(k)
GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: hazards
SELECT count(*)::int AS open, (count(*) FILTER (WHERE h.deadline < :today))::int AS overdue,
       (count(*) FILTER (WHERE h.level = 'major'))::int AS major
FROM hazard h JOIN place p ON p.id = h.place_id JOIN region r ON r.id = p.region_id
WHERE h.state <> 'closed' AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path});

-- name: alarms
SELECT count(*)::int AS open, (count(*) FILTER (WHERE a.level = 2))::int AS high
FROM alarm a JOIN place p ON p.id = a.place_id JOIN region r ON r.id = p.region_id
WHERE a.state <> 'closed' AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path});

-- name: sensors
-- Silent: nothing heard since `:heard_since` (or never). Faulty: it says so itself.
SELECT count(*)::int AS sensors,
       (count(*) FILTER (WHERE s.last_seen_at IS NULL OR s.last_seen_at < :heard_since))::int AS silent,
       (count(*) FILTER (WHERE s.fault))::int AS faulty
FROM sensor s JOIN place p ON p.id = s.place_id JOIN region r ON r.id = p.region_id
WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path});
