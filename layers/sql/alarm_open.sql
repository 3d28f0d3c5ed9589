-- Places with alarms that nobody has closed.
SELECT p.id, count(*)::int AS open, (count(*) FILTER (WHERE a.level = 2))::int AS high, p.geom_3857 AS geom
FROM alarm a
JOIN place p ON p.id = a.place_id
JOIN region r ON r.id = p.region_id
WHERE a.state <> 'closed' AND p.geom && {degrees} AND {scope}
GROUP BY p.id
