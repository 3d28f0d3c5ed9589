-- Where nobody is looking. The pieces `gap_…` are the definitions: the page's numbers (data/gaps.py) and the map's
-- layers (layers/sql) read the same text, put in parentheses: gap_… of places give (place_id, region_id, geom_3857),
-- of grids (region_id, geom_3857), of stations (station_id, near_3857, far_3857).

-- name: gap_grid_no_officer
-- Grids without a current duty of the roles that look after a grid.
SELECT r.id AS region_id, r.geom_3857
FROM region r
WHERE r.level = 5 AND NOT r.is_rest AND NOT EXISTS (
    SELECT FROM duty u
    WHERE u.region_id = r.id AND u.role = ANY (CAST(:grid_roles AS text[]))
      AND (u.since IS NULL OR u.since <= :today) AND (u.until IS NULL OR u.until >= :today))

-- name: gap_never_inspected
-- Places that are not closed and were never inspected by an authority.
SELECT p.id AS place_id, p.region_id, p.geom_3857
FROM place p
WHERE p.state <> 'closed' AND NOT EXISTS (
    SELECT FROM inspection i
    WHERE i.place_id = p.id AND i.inspected_on <= :today AND i.type = ANY (CAST(:visit_types AS text[]))
      AND (i.result IS NULL OR i.result <> ALL (CAST(:visit_not_results AS text[]))))

-- name: gap_inspection_overdue
-- Places that were inspected once, with a published period whose last visit of the period's types is too long ago.
-- Places that no authority ever inspected are in never_inspected, not here; kinds without a period are not judged.
WITH w AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:periods AS jsonb))
        AS x(kinds text[], scales text[], at_least int, types text[], days int)
)
SELECT p.id AS place_id, p.region_id, p.geom_3857
FROM place p
WHERE p.state <> 'closed'
  AND EXISTS (
    SELECT FROM w
    WHERE (w.kinds = '{}' OR p.kinds && w.kinds) AND (w.scales = '{}' OR p.scale = ANY (w.scales))
      AND (w.at_least IS NULL
           OR EXISTS (SELECT FROM drawn_place d WHERE d.place_id = p.id AND d.at_least >= w.at_least))
      AND NOT EXISTS (
          SELECT FROM inspection i
          WHERE i.place_id = p.id AND i.type = ANY (w.types)
            AND i.inspected_on BETWEEN CAST(:today AS date) - w.days AND CAST(:today AS date)
            AND (i.result IS NULL OR i.result <> ALL (CAST(:visit_not_results AS text[]))))
      AND NOT ('supplier_visit' = ANY (w.types) AND EXISTS (
          SELECT FROM gas_installation g
          WHERE g.place_id = p.id
            AND g.last_visit_on BETWEEN CAST(:today AS date) - w.days AND CAST(:today AS date))))
  AND EXISTS (
    SELECT FROM inspection i
    WHERE i.place_id = p.id AND i.inspected_on <= :today AND i.type = ANY (CAST(:visit_types AS text[]))
      AND (i.result IS NULL OR i.result <> ALL (CAST(:visit_not_results AS text[]))))

-- name: gap_shop_no_sensor
-- Gas-using shops that are not closed and have no gas sensor that was heard lately and reports no fault.
SELECT p.id AS place_id, p.region_id, p.geom_3857
FROM place p
WHERE p.state <> 'closed' AND p.kinds @> ARRAY['gas_shop'] AND NOT EXISTS (
    SELECT FROM sensor s
    WHERE s.place_id = p.id AND s.kind = ANY (CAST(:sensor_kinds AS text[])) AND NOT s.fault
      AND s.last_seen_at >= :heard_since)

-- name: gap_station_cover
-- The straight-line reach of each fire station, least and greatest (an estimate).
SELECT t.id AS station_id,
       ST_Transform(ST_Buffer(t.geom::geography, :near_m)::geometry, 3857) AS near_3857,
       ST_Transform(ST_Buffer(t.geom::geography, :far_m)::geometry, 3857) AS far_3857
FROM station t
WHERE t.geom IS NOT NULL

-- name: place_gap
-- Of the places below a node: how many are in the gap, how many are red or orange (proven), and the worst in the gap.
WITH gap AS MATERIALIZED ({gap}),
grade AS MATERIALIZED (
    SELECT place_id, max(at_least) AS at_least, max(severity) AS severity FROM drawn_place
    WHERE at_least >= :severe GROUP BY 1
),
seen AS MATERIALIZED (
    SELECT p.id, p.geom IS NOT NULL AS mapped, g.place_id IS NOT NULL AS inside, d.at_least, d.severity
    FROM place p JOIN region r ON r.id = p.region_id
    LEFT JOIN gap g ON g.place_id = p.id
    LEFT JOIN grade d ON d.place_id = p.id
    WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
      AND p.state <> 'closed' AND (NOT :shops_only OR p.kinds @> ARRAY['gas_shop'])
)
SELECT count(*)::int AS total, (count(*) FILTER (WHERE inside))::int AS n,
       (count(*) FILTER (WHERE inside AND NOT mapped))::int AS unmapped,
       (count(at_least))::int AS severe_total, (count(at_least) FILTER (WHERE inside))::int AS severe,
       ARRAY(SELECT id FROM seen WHERE inside
             ORDER BY at_least DESC NULLS LAST, severity DESC NULLS LAST, id LIMIT :limit) AS worst
FROM seen;

-- name: count_inside
-- Of the places below a node that are not closed: how many are in the gap.
WITH gap AS MATERIALIZED ({gap})
SELECT count(*)::int AS total, count(g.place_id)::int AS n
FROM place p JOIN region r ON r.id = p.region_id LEFT JOIN gap g ON g.place_id = p.id
WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path}) AND p.state <> 'closed';

-- name: count_judged
-- Places that are not closed and that a period names; the rest is not judged.
WITH w AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(:periods AS jsonb)) AS x(kinds text[], scales text[], at_least int)
),
named AS MATERIALIZED (
    SELECT p.region_id FROM place p
    WHERE p.state <> 'closed' AND EXISTS (
        SELECT FROM w
        WHERE (w.kinds = '{}' OR p.kinds && w.kinds) AND (w.scales = '{}' OR p.scale = ANY (w.scales))
          AND (w.at_least IS NULL
               OR EXISTS (SELECT FROM drawn_place d WHERE d.place_id = p.id AND d.at_least >= w.at_least)))
)
SELECT count(*)::int AS judged FROM named n JOIN region r ON r.id = n.region_id
WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path});

-- name: count_grids
WITH gap AS MATERIALIZED ({gap}),
grade AS MATERIALIZED (
    SELECT region_id, count(DISTINCT place_id) AS severe FROM drawn_place WHERE at_least >= :severe GROUP BY 1
),
seen AS (
    SELECT r.id, g.region_id IS NOT NULL AS inside, r.population_night AS people, d.severe
    FROM region r LEFT JOIN gap g ON g.region_id = r.id LEFT JOIN grade d ON d.region_id = r.id
    WHERE r.level = 5 AND NOT r.is_rest AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
)
SELECT count(*)::int AS total, (count(*) FILTER (WHERE inside))::int AS n,
       sum(people)::bigint AS people_total, (sum(people) FILTER (WHERE inside))::bigint AS people,
       COALESCE(sum(severe), 0)::int AS severe_total, COALESCE(sum(severe) FILTER (WHERE inside), 0)::int AS severe
FROM seen;

-- name: worst_grids
WITH gap AS MATERIALIZED ({gap})
SELECT r.code, r.name, r.population_night AS people, t.places,
       (SELECT string_agg(a.name, ' · ' ORDER BY a.level) FROM region a
        WHERE a.id = ANY (r.path) AND a.level BETWEEN 2 AND 4) AS region_name,
       (SELECT COALESCE(sum(c.n), 0)::int FROM region_count c WHERE c.region_id = r.id AND c.at_least >= :severe) AS severe
FROM gap g
JOIN region r ON r.id = g.region_id
LEFT JOIN region_total t ON t.region_id = r.id
WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
ORDER BY severe DESC, t.places DESC NULLS LAST, r.code
LIMIT :limit;

-- name: people_sources
SELECT EXISTS (SELECT FROM population_cell c JOIN region r ON r.id = c.region_id
               WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})) AS cells,
       (SELECT count(*)::int FROM station WHERE geom IS NOT NULL) AS stations,
       (SELECT count(*)::int FROM station WHERE geom IS NULL) AS stations_unmapped;

-- name: cover_people_cells
-- People by night beyond the greatest and beyond the least straight-line reach, by the middle of each cell.
WITH spot AS (
    SELECT c.night AS people, ST_PointOnSurface(c.geom) AS pt
    FROM population_cell c JOIN region r ON r.id = c.region_id
    WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path}) AND c.geom IS NOT NULL AND c.night > 0
), reach AS MATERIALIZED (
    SELECT s.people, (
        SELECT min(ST_Distance(t.geom::geography, s.pt::geography)) FROM station t
        WHERE t.geom && ST_Expand(s.pt, :far_deg)) AS metres
    FROM spot s
)
SELECT sum(people) AS total, sum(people) FILTER (WHERE metres IS NULL OR metres > :far_m) AS beyond_far,
       sum(people) FILTER (WHERE metres IS NULL OR metres > :near_m) AS beyond_near
FROM reach;

-- name: cover_people_grids
WITH spot AS (
    SELECT r.population_night AS people, ST_PointOnSurface(r.geom) AS pt
    FROM region r
    WHERE r.level = 5 AND NOT r.is_rest AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
      AND r.geom IS NOT NULL AND r.population_night > 0
), reach AS MATERIALIZED (
    SELECT s.people, (
        SELECT min(ST_Distance(t.geom::geography, s.pt::geography)) FROM station t
        WHERE t.geom && ST_Expand(s.pt, :far_deg)) AS metres
    FROM spot s
)
SELECT sum(people) AS total, sum(people) FILTER (WHERE metres IS NULL OR metres > :far_m) AS beyond_far,
       sum(people) FILTER (WHERE metres IS NULL OR metres > :near_m) AS beyond_near
FROM reach;

-- name: cover_places
-- Red and orange places (proven), how many of them lie beyond the reach, and the worst of those beyond the greatest;
-- places without a point are not judged.
WITH grade AS MATERIALIZED (
    SELECT place_id, max(at_least) AS at_least, max(severity) AS severity FROM drawn_place
    WHERE at_least >= :severe GROUP BY 1
), spot AS (
    SELECT p.id, p.geom AS pt, d.at_least, d.severity
    FROM grade d JOIN place p ON p.id = d.place_id JOIN region r ON r.id = p.region_id
    WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
), reach AS MATERIALIZED (
    SELECT s.*, (
        SELECT min(ST_Distance(t.geom::geography, s.pt::geography)) FROM station t
        WHERE t.geom && ST_Expand(s.pt, :far_deg)) AS metres
    FROM spot s
)
SELECT count(pt)::int AS total, (count(*) FILTER (WHERE pt IS NULL))::int AS unmapped,
       (count(pt) FILTER (WHERE metres IS NULL OR metres > :far_m))::int AS beyond_far,
       (count(pt) FILTER (WHERE metres IS NULL OR metres > :near_m))::int AS beyond_near,
       ARRAY(SELECT id FROM reach WHERE pt IS NOT NULL AND (metres IS NULL OR metres > :far_m)
             ORDER BY at_least DESC, severity DESC, id LIMIT :limit) AS worst
FROM reach;
