-- The data doctor: how an examination is put together (data/doctor/run.py), and what the page reads (data/doctor/read.py).

-- name: lack
-- Which inputs each current assessment lacks: missing or stale, as its contributions say. Lives until the transaction ends.
-- An input that an assessment names more than once (two substances of a unit) is one input.
CREATE TEMP TABLE doctor_lack ON COMMIT DROP AS
SELECT a.id AS assessment_id, a.place_id, a.scheme || '.' || (c.value ->> 'input') AS input,
       min(c.value ->> 'label') AS label, bool_and(c.value ->> 'state' = 'stale') AS stale, a.severity = 0 AS unknown,
       a.at_least
FROM assessment a CROSS JOIN LATERAL jsonb_array_elements(a.contributions) c
WHERE a.superseded_at IS NULL AND a.severity <> -1 AND c.value ->> 'state' IN ('missing', 'stale')
GROUP BY a.id, c.value ->> 'input';
CREATE INDEX ON doctor_lack (assessment_id, input);
ANALYZE doctor_lack;
CREATE TEMP TABLE doctor_new (LIKE doctor_finding) ON COMMIT DROP;
ALTER TABLE doctor_new DROP COLUMN id;
CREATE TEMP TABLE doctor_judged (check_id text, region_id int, source text, population int) ON COMMIT DROP;

-- name: examine
-- One check: what it finds goes to doctor_new, how many it judged to doctor_judged. The check's own SELECT is put in.
WITH judged AS MATERIALIZED (
    SELECT q.record_id, q.place_id, q.region_id, q.source, COALESCE(q.wrong, false) AS wrong, q.value, {part} AS check_id,
           {shape} AS shape, {subjects} AS subjects
    FROM ({check}) q JOIN region r ON r.id = q.region_id
    WHERE (CAST(:node AS int) IS NULL OR r.path @> ARRAY[CAST(:node AS int)])
      AND (CAST(:only_source AS text) IS NULL OR q.source = :only_source)
), hurt AS (
    SELECT l.place_id, {hurt} AS check_id, max(l.at_least) AS at_least FROM doctor_lack l WHERE l.unknown AND {effect}
    GROUP BY 1, 2
), kept AS (
    INSERT INTO doctor_new (check_id, record_id, place_id, region_id, source, value, unknown, at_least, geom_3857, shape_3857)
    SELECT j.check_id, j.record_id, j.place_id, j.region_id, j.source, left(j.value, 200),
           h.place_id IS NOT NULL AND j.first, CASE WHEN j.first THEN COALESCE(h.at_least, 0) ELSE 0 END,
           COALESCE(p.geom_3857, ST_Transform(ST_PointOnSurface(j.shape), 3857), g.label_3857), ST_Transform(j.shape, 3857)
    FROM (SELECT *, row_number() OVER (PARTITION BY check_id, place_id ORDER BY record_id) = 1 AS first
          FROM judged WHERE wrong) j
    LEFT JOIN place p ON p.id = j.place_id
    LEFT JOIN region g ON g.id = j.region_id AND j.place_id IS NULL
    LEFT JOIN hurt h ON h.place_id = j.place_id AND h.check_id = j.check_id
)
INSERT INTO doctor_judged SELECT check_id, region_id, source, sum(subjects) FROM judged GROUP BY 1, 2, 3;

-- name: summed
-- Counts for every city, district and street (and 未落格 node) above the findings: children add up to their parent.
CREATE TEMP TABLE doctor_sum ON COMMIT DROP AS
WITH leaf AS (
    SELECT check_id, region_id, source, sum(n) AS n, sum(population) AS population, sum(unmapped) AS unmapped,
           sum(unknown) AS unknown, sum(unknown_severe) AS unknown_severe
    FROM (SELECT check_id, region_id, source, 0 AS n, population, 0 AS unmapped, 0 AS unknown, 0 AS unknown_severe
          FROM doctor_judged
          UNION ALL
          SELECT check_id, region_id, source, count(*), 0, count(*) FILTER (WHERE geom_3857 IS NULL),
                 count(*) FILTER (WHERE unknown), count(*) FILTER (WHERE unknown AND at_least >= :severe)
          FROM doctor_new GROUP BY 1, 2, 3) x
    GROUP BY 1, 2, 3
)
SELECT l.check_id, node AS region_id, l.source, sum(n)::int AS n, sum(population)::int AS population,
       sum(unmapped)::int AS unmapped, sum(unknown)::int AS unknown, sum(unknown_severe)::int AS unknown_severe
FROM leaf l JOIN region r ON r.id = l.region_id CROSS JOIN LATERAL unnest(r.path[1 : 3]) node
GROUP BY 1, 2, 3;

-- name: sources
SELECT source FROM (
    SELECT source FROM place UNION SELECT source FROM gas_installation UNION SELECT source FROM cylinder
    UNION SELECT source FROM unit UNION SELECT source FROM holding UNION SELECT source FROM sensor
    UNION SELECT source FROM hazard UNION SELECT source FROM inspection UNION SELECT source FROM region) s
ORDER BY 1;

-- name: labels
-- What the parts of the input family are called.
SELECT 'input:' || input AS id, min(label) AS label FROM doctor_lack GROUP BY 1;

-- name: save
DELETE FROM doctor_finding;
INSERT INTO doctor_finding (check_id, record_id, place_id, region_id, source, value, unknown, at_least, geom_3857, shape_3857)
SELECT check_id, record_id, place_id, region_id, source, value, unknown, at_least, geom_3857, shape_3857
FROM doctor_new ORDER BY check_id, region_id;
DELETE FROM doctor_trend WHERE day = :day;
INSERT INTO doctor_trend (day, check_id, region_id, source, n, population, unmapped, unknown, unknown_severe)
SELECT :day, check_id, region_id, source, n, population, unmapped, unknown, unknown_severe FROM doctor_sum;

-- name: note
INSERT INTO doctor_run (day, at, seconds, unknown, labels)
VALUES (:day, :at, :seconds, CAST(:unknown AS jsonb), CAST(:labels AS jsonb)) RETURNING id;

-- name: new_counts
-- The counts of an examination at one node, by check and source.
SELECT check_id, source, n, population, unmapped, unknown, unknown_severe FROM doctor_sum WHERE region_id = :node
ORDER BY 1, 2;

-- name: new_listed
-- The first findings of each check, worst first.
SELECT check_id, record_id, place_id, source, value, name, region, unknown, at_least FROM (
    SELECT f.check_id, f.record_id, f.place_id, f.source, f.value, COALESCE(p.name, r.name) AS name, r.code AS region,
           f.unknown, f.at_least,
           row_number() OVER (PARTITION BY f.check_id ORDER BY f.at_least DESC, f.unknown DESC, f.place_id, f.record_id) AS k
    FROM doctor_new f JOIN region r ON r.id = f.region_id LEFT JOIN place p ON p.id = f.place_id
) x WHERE k <= :limit ORDER BY check_id, k;

-- name: newest
SELECT id, day, at, seconds, unknown, labels FROM doctor_run ORDER BY id DESC LIMIT 1;

-- name: kept_counts
-- Counts of the newest day at nodes that are kept (city, district, street), by check and source.
SELECT check_id, source, sum(n)::int AS n, sum(population)::int AS population, sum(unmapped)::int AS unmapped,
       sum(unknown)::int AS unknown, sum(unknown_severe)::int AS unknown_severe
FROM doctor_trend WHERE day = :day AND region_id = ANY (CAST(:ids AS int[]))
GROUP BY 1, 2;

-- name: counted
-- The same from the findings, for nodes below a street and scopes finer than one; how many were judged is not kept there.
SELECT f.check_id, f.source, count(*)::int AS n, NULL::int AS population,
       (count(*) FILTER (WHERE f.geom_3857 IS NULL))::int AS unmapped, (count(*) FILTER (WHERE f.unknown))::int AS unknown,
       (count(*) FILTER (WHERE f.unknown AND f.at_least >= :severe))::int AS unknown_severe
FROM doctor_finding f JOIN region r ON r.id = f.region_id
WHERE r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
GROUP BY 1, 2;

-- name: levels
SELECT COALESCE(max(level), 0) AS deepest FROM region WHERE id = ANY (CAST(:ids AS int[]));

-- name: children
-- How a check stands in each child of a node that the viewer sees.
SELECT r.path[:level] AS node, count(*)::int AS n, (count(*) FILTER (WHERE f.unknown))::int AS unknown
FROM doctor_finding f JOIN region r ON r.id = f.region_id
WHERE f.check_id = :check AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
GROUP BY 1;

-- name: names
SELECT id, code, name, is_rest FROM region WHERE id = ANY (CAST(:ids AS int[]));

-- name: trend
-- One row per day of a check at the kept nodes.
SELECT day, sum(n)::int AS n, sum(population)::int AS population
FROM doctor_trend
WHERE check_id = :check AND region_id = ANY (CAST(:ids AS int[])) AND day > CAST(:today AS date) - CAST(:days AS int)
GROUP BY 1 ORDER BY 1;

-- name: before
-- The counts of the last kept day at least so many days before the newest one.
SELECT check_id, sum(n)::int AS n FROM doctor_trend
WHERE region_id = ANY (CAST(:ids AS int[]))
  AND day = (SELECT max(day) FROM doctor_trend
             WHERE region_id = ANY (CAST(:ids AS int[])) AND day <= CAST(:day AS date) - CAST(:days AS int))
GROUP BY 1;

-- name: list
-- Findings of a check below a node, worst first; what was deleted since the examination is left out.
SELECT f.record_id, f.place_id, f.value, f.source, f.unknown, f.at_least, r.code AS region_code, r.name AS region_name,
       r.is_rest, COALESCE(p.name, r.name) AS name,
       (SELECT string_agg(a.name, ' · ' ORDER BY a.level) FROM region a WHERE a.id = ANY (r.path) AND a.level BETWEEN 2 AND 4)
           AS within
FROM doctor_finding f JOIN region r ON r.id = f.region_id LEFT JOIN place p ON p.id = f.place_id
WHERE f.check_id = :check AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
  AND (f.place_id IS NULL OR p.id IS NOT NULL)
ORDER BY f.at_least DESC, f.unknown DESC, f.place_id, f.record_id
LIMIT :limit OFFSET :offset;

-- name: bare
-- The pieces of each region that none of its children covers, with their size; for three checks, made once.
CREATE TEMP TABLE doctor_bare ON COMMIT DROP AS
SELECT a.id AS region_id, d.geom, ST_Area(CAST(d.geom AS geography)) AS m2, ST_Perimeter(CAST(d.geom AS geography)) AS around
FROM region a
JOIN (SELECT parent_id, ST_Union(geom) AS geom FROM region WHERE geom IS NOT NULL AND parent_id IS NOT NULL GROUP BY 1) c
    ON c.parent_id = a.id
CROSS JOIN LATERAL ST_Dump(ST_CollectionExtract(ST_Difference(a.geom, c.geom), 3)) d
WHERE a.geom IS NOT NULL;

-- name: shift_inside
-- Districts, streets and communities that their children do not fill: more is bare than a strip so wide along the border.
SELECT a.id, ST_AsBinary(a.geom) AS outline,
       ST_AsBinary((SELECT ST_Union(c.geom) FROM region c WHERE c.parent_id = a.id)) AS other
FROM region a JOIN (SELECT region_id, sum(m2) AS m2 FROM doctor_bare GROUP BY 1) b ON b.region_id = a.id
WHERE a.level BETWEEN 2 AND 4 AND b.m2 > :strip_m * ST_Perimeter(CAST(a.geom AS geography));

-- name: shift_beside
-- Regions that lie over their sisters by more than a strip so wide along the border, and the sisters joined.
SELECT a.id, ST_AsBinary(a.geom) AS outline, ST_AsBinary(ST_Union(s.geom)) AS other
FROM region a JOIN region s ON s.level = a.level AND s.id <> a.id AND s.geom && a.geom
WHERE a.level BETWEEN 2 AND 4 AND a.geom IS NOT NULL
GROUP BY a.id
HAVING ST_Area(CAST(ST_Intersection(a.geom, ST_Union(s.geom)) AS geography))
       > :strip_m * ST_Perimeter(CAST(a.geom AS geography));

-- name: shift_table
CREATE TEMP TABLE doctor_shift (region_id int PRIMARY KEY, explained float, value text, shape geometry) ON COMMIT DROP;

-- name: shift_row
INSERT INTO doctor_shift VALUES (:region_id, :explained, :value, ST_SetSRID(ST_GeomFromWKB(:shape), 4326))
ON CONFLICT (region_id) DO UPDATE SET explained = EXCLUDED.explained, value = EXCLUDED.value, shape = EXCLUDED.shape
WHERE EXCLUDED.explained > doctor_shift.explained;
