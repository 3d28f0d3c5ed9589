-- What the page 疑似重复 reads. A pair is seen when both of its places are in scope.

-- name: pairs
-- Put into the pieces below: the pairs in a state by the places their records are part of now, each two places once.
one AS (
    SELECT q.*, LEAST(COALESCE(sa.place_id, q.a_id), COALESCE(sb.place_id, q.b_id)) AS a,
           GREATEST(COALESCE(sa.place_id, q.a_id), COALESCE(sb.place_id, q.b_id)) AS b
    FROM place_pair q
    LEFT JOIN place_source sa ON sa.origin_id = q.a_id
    LEFT JOIN place_source sb ON sb.origin_id = q.b_id
    WHERE q.state = :state
),
pair AS (SELECT DISTINCT ON (a, b) * FROM one ORDER BY a, b, score DESC, id)

-- name: open_pairs
WITH {pairs}
SELECT q.id, q.a, q.b, q.rule, q.score, q.distance_m, q.evidence, q.postponed_at IS NOT NULL AS postponed
FROM pair q
JOIN place pa ON pa.id = q.a JOIN region r ON r.id = pa.region_id
JOIN place pb ON pb.id = q.b JOIN region s ON s.id = pb.region_id
WHERE q.a <> q.b AND {scope r.path} AND {scope s.path}
  AND (CAST(:district AS text) IS NULL OR (SELECT d.id FROM region d WHERE d.code = :district) = ANY (r.path || s.path))
ORDER BY q.postponed_at NULLS FIRST, q.score DESC, q.id LIMIT :limit OFFSET :offset;

-- name: count_open
WITH {pairs}
SELECT count(*) AS n
FROM pair q
JOIN place pa ON pa.id = q.a JOIN region r ON r.id = pa.region_id
JOIN place pb ON pb.id = q.b JOIN region s ON s.id = pb.region_id
WHERE q.a <> q.b AND {scope r.path} AND {scope s.path}
  AND (CAST(:district AS text) IS NULL OR (SELECT d.id FROM region d WHERE d.code = :district) = ANY (r.path || s.path));

-- name: counts
WITH {pairs}
SELECT d.code, d.name, count(DISTINCT q.id) AS n
FROM pair q
JOIN place pa ON pa.id = q.a JOIN region r ON r.id = pa.region_id
JOIN place pb ON pb.id = q.b JOIN region s ON s.id = pb.region_id
JOIN region d ON d.level = 2 AND d.id = ANY (r.path || s.path)
WHERE q.a <> q.b AND {scope r.path} AND {scope s.path}
GROUP BY d.code, d.name ORDER BY n DESC, d.code;

-- name: records
SELECT p.id, p.name, p.kinds, p.state, p.uscc, p.licence_no, p.address, p.industry, p.category, p.scale, p.employees,
       p.floor_area_m2, p.capacity, p.contact_name, p.contact_phone, p.source, p.source_key, p.updated_at,
       ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, r.code AS region_code, d.name AS district,
       (SELECT s.name FROM region s WHERE s.id = r.path[LEAST(3, cardinality(r.path))]) AS street, b.file_name,
       (SELECT count(*) FROM place_source s WHERE s.place_id = p.id) AS records,
       (SELECT max(a.at_least) FROM assessment a WHERE a.place_id = p.id AND a.superseded_at IS NULL) AS at_least,
       (SELECT count(*) FROM inspection i WHERE i.place_id = p.id) AS inspections,
       (SELECT count(*) FROM hazard h WHERE h.place_id = p.id AND h.state <> 'closed') AS open_hazards
FROM place p
JOIN region r ON r.id = p.region_id
LEFT JOIN region d ON d.id = r.path[LEAST(2, cardinality(r.path))]
LEFT JOIN import_batch b ON b.id = p.batch_id
WHERE p.id = ANY (CAST(:ids AS bigint[])) AND {scope r.path};

-- name: settle
-- All pairs of the same two places of today that are in one state get another one; open pairs were decided by nobody.
UPDATE place_pair q SET state = :state, decided_at = CASE WHEN :state <> 'open' THEN now() END,
       decided_by = :actor, account_id = :account
FROM (SELECT q.id, COALESCE(sa.place_id, q.a_id) AS a, COALESCE(sb.place_id, q.b_id) AS b FROM place_pair q
      LEFT JOIN place_source sa ON sa.origin_id = q.a_id
      LEFT JOIN place_source sb ON sb.origin_id = q.b_id WHERE q.state = :was) o
WHERE q.id = o.id AND (o.a, o.b) IN ((:a, :b), (:b, :a));

-- name: one_pair
SELECT q.id, q.state, q.decided_by, q.evidence, COALESCE(sa.place_id, q.a_id) AS a, COALESCE(sb.place_id, q.b_id) AS b
FROM place_pair q
LEFT JOIN place_source sa ON sa.origin_id = q.a_id
LEFT JOIN place_source sb ON sb.origin_id = q.b_id
JOIN place pa ON pa.id = COALESCE(sa.place_id, q.a_id) JOIN region r ON r.id = pa.region_id
JOIN place pb ON pb.id = COALESCE(sb.place_id, q.b_id) JOIN region s ON s.id = pb.region_id
WHERE q.id = :id AND {scope r.path} AND {scope s.path};

-- name: merges
SELECT m.id, m.kept_id, m.absorbed_ids, m.how, m.evidence, m.conflicts, m.made_at, m.made_by, m.undone_at, m.undone_by,
       p.name, p.address, d.name AS district,
       (SELECT jsonb_agg(x.before ->> 'name' ORDER BY x.id) FROM place_merge_row x
        WHERE x.merge_id = m.id AND x.what = 'removed' AND x.table_name = 'place') AS absorbed_names,
       (SELECT max(CAST(g ->> 'at_least' AS integer)) FROM jsonb_array_elements(m.grades) g) AS at_least_before,
       (SELECT max(a.at_least) FROM assessment a WHERE a.place_id = p.id AND a.superseded_at IS NULL AND a.unit_id IS NULL)
           AS at_least_now
FROM place_merge m
JOIN place p ON p.id = m.kept_id
JOIN region r ON r.id = p.region_id
LEFT JOIN region d ON d.id = r.path[LEAST(2, cardinality(r.path))]
WHERE {scope r.path}
ORDER BY m.undone_at IS NOT NULL, m.id DESC LIMIT :limit;

-- name: different
WITH {pairs}
SELECT q.id, q.decided_at, q.decided_by, pa.id AS a, pa.name AS a_name, pa.address AS a_address, pb.id AS b,
       pb.name AS b_name, pb.address AS b_address
FROM pair q
JOIN place pa ON pa.id = q.a JOIN region r ON r.id = pa.region_id
JOIN place pb ON pb.id = q.b JOIN region s ON s.id = pb.region_id
WHERE q.a <> q.b AND {scope r.path} AND {scope s.path}
ORDER BY q.decided_at DESC, q.id DESC LIMIT :limit;

-- name: apart
-- A pair called different whose records are part of these two places now. (The caller has checked the scope.)
SELECT q.id, q.decided_by
FROM place_pair q
LEFT JOIN place_source sa ON sa.origin_id = q.a_id
LEFT JOIN place_source sb ON sb.origin_id = q.b_id
WHERE q.state = 'different'
  AND ((COALESCE(sa.place_id, q.a_id), COALESCE(sb.place_id, q.b_id)) IN ((:a, :b), (:b, :a)))
LIMIT 1;
