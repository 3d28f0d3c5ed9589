-- Streets with a named measure: enterprises graded red or orange, per km². A region itself has no grade.
SELECT r.id, COALESCE(c.severe, 0) AS severe, COALESCE(c.n, 0) AS n,
       round((COALESCE(c.severe, 0) / NULLIF(r.area_m2 / 1e6, 0))::numeric, 2)::float8 AS severe_per_km2,
       r.geom_3857 AS geom
FROM region r
LEFT JOIN LATERAL (
    SELECT sum(k.n)::int AS n, (sum(k.n) FILTER (WHERE k.severity >= 3))::int AS severe
    FROM region_count k WHERE k.region_id = r.id AND k.layer = 'enterprise'
) c ON true
WHERE r.level = 3 AND r.geom_3857 && {tile} AND {scope}
