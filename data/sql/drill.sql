-- Reads of data/drill.py: the region tree with its counts.
-- `:roots` are the regions a scoped viewer sees whole (none of them inside another); null for the whole city.

-- name: node
-- A node without a polygon of its own (未落格) is framed by the nearest ancestor that has one.
SELECT r.id, r.code, r.name, r.level, r.is_rest, r.path, r.population_day, r.population_night, r.area_m2,
       ({scope r.path}) AS whole,
       EXISTS (SELECT FROM region s WHERE s.id = ANY (CAST(:roots AS int[])) AND s.path @> ARRAY[r.id]) AS above_scope,
       ST_XMin(g.box) AS west, ST_YMin(g.box) AS south, ST_XMax(g.box) AS east, ST_YMax(g.box) AS north
FROM region r
LEFT JOIN LATERAL (
    SELECT Box2D(a.geom) AS box FROM region a
    WHERE a.id = ANY (r.path) AND a.geom IS NOT NULL ORDER BY a.level DESC LIMIT 1
) g ON true
WHERE r.code = :code;

-- name: root_code
SELECT code FROM region WHERE level = 1;

-- name: code_of
SELECT r.code FROM region r
WHERE r.id = :id AND (({scope r.path}) OR EXISTS (
    SELECT FROM region s WHERE s.id = ANY (CAST(:roots AS int[])) AND s.path @> ARRAY[r.id]));

-- name: paths
SELECT id, code, path FROM region WHERE id = ANY (CAST(:ids AS int[])) ORDER BY level, code;

-- name: crumbs
SELECT code, name, level, is_rest FROM region WHERE id = ANY (CAST(:ids AS int[])) ORDER BY level;

-- name: children
SELECT r.id, r.code, r.name, r.level, r.is_rest, ({scope r.path}) AS whole
FROM region r
WHERE r.parent_id = :node
  AND (({scope r.path}) OR EXISTS (
      SELECT FROM region s WHERE s.id = ANY (CAST(:roots AS int[])) AND s.path @> ARRAY[r.id]))
ORDER BY r.is_rest, r.code;

-- name: parts
-- Which counted regions make up what the viewer sees of each node: the node itself, or the scope's roots inside it.
SELECT r.id AS node, r.id AS part FROM region r WHERE r.id = ANY (CAST(:nodes AS int[])) AND ({scope r.path})
UNION ALL
SELECT r.id, s.id FROM region r
JOIN region s ON s.id = ANY (CAST(:roots AS int[])) AND s.path @> ARRAY[r.id]
WHERE r.id = ANY (CAST(:nodes AS int[])) AND NOT ({scope r.path});

-- name: totals
SELECT region_id, places, mapped FROM region_total WHERE region_id = ANY (CAST(:ids AS int[]));

-- name: grades
SELECT region_id, layer, severity, at_least >= :severe AS severe, sum(n)::int AS n, sum(mapped)::int AS mapped
FROM region_count WHERE region_id = ANY (CAST(:ids AS int[]))
GROUP BY 1, 2, 3, 4;

-- name: hazards
-- Open hazards and those past their deadline, by the ancestor at `:level` of the place they are in.
SELECT r.path[:level] AS node, count(*)::int AS open, (count(*) FILTER (WHERE h.deadline < :today))::int AS overdue
FROM hazard h
JOIN place p ON p.id = h.place_id
JOIN region r ON r.id = p.region_id
WHERE h.state <> 'closed' AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
GROUP BY 1;

-- name: table_places
SELECT count(*)::int AS places, count(p.geom)::int AS mapped
FROM place p JOIN region r ON r.id = p.region_id
WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path});

-- name: table_grades
SELECT d.layer, d.severity, d.at_least >= :severe AS severe, count(*)::int AS n, count(d.geom_3857)::int AS mapped
FROM drawn_place d JOIN region r ON r.id = d.region_id
WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
GROUP BY 1, 2, 3;
