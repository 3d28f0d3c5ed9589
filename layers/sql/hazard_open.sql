-- Places with hazards that no re-inspection has closed.
SELECT p.id, count(*)::int AS open,
       (count(*) FILTER (WHERE h.deadline < %(today)s))::int AS overdue,
       (count(*) FILTER (WHERE h.level = 'major'))::int AS major, p.geom_3857 AS geom
FROM place p
JOIN region r ON r.id = p.region_id
JOIN hazard h ON h.place_id = p.id AND h.state <> 'closed'
WHERE p.geom && {degrees} AND {scope}
GROUP BY p.id
