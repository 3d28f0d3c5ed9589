-- Reads and writes of data/unmapped.py and data/placing.py: places without a point (未上图), and how they get one.

-- name: listed
-- Unmapped places below a node, the worst first as every list: by what is proven, then by severity.
SELECT p.id, count(*) OVER ()::int AS total
FROM place p
JOIN region r ON r.id = p.region_id
JOIN drawn_place d ON d.place_id = p.id AND (CAST(:layer AS text) IS NULL OR d.layer = :layer)
WHERE p.geom IS NULL AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path}) AND {words}
GROUP BY p.id
ORDER BY max(d.at_least) DESC, max(d.severity) DESC, p.id
LIMIT :limit OFFSET :offset;

-- name: chosen
-- One place with the region it hangs in: the deepest with an outline around it, and its bounds.
SELECT p.id, p.name, p.address, p.kinds, p.source, p.named_region, p.updated_at, p.geom IS NOT NULL AS mapped,
       ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, r.path, r.code AS region_code,
       (SELECT string_agg(a.name, ' · ' ORDER BY a.level) FROM region a
        WHERE a.id = ANY (r.path) AND (a.level BETWEEN 2 AND 5) AND NOT a.is_rest) AS hangs_in,
       o.id AS outline_id, o.name AS outline_name, o.level AS outline_level,
       ST_XMin(o.geom) AS west, ST_YMin(o.geom) AS south, ST_XMax(o.geom) AS east, ST_YMax(o.geom) AS north
FROM place p
JOIN region r ON r.id = p.region_id
LEFT JOIN LATERAL (
    SELECT a.id, a.name, a.level, a.geom FROM region a
    WHERE a.id = ANY (r.path) AND a.geom IS NOT NULL ORDER BY a.level DESC LIMIT 1
) o ON true
WHERE p.id = :place AND ({scope r.path});

-- name: recent
-- Points that persons have set since `:since` and that still stand: only those can be taken back.
SELECT a.id AS entry, a.at, a.actor, p.id AS place_id, p.name
FROM audit a
JOIN place p ON p.id = CASE WHEN a.action = 'place_point' THEN CAST(substr(a.subject, 7) AS bigint) END
JOIN region r ON r.id = p.region_id
WHERE a.action = 'place_point' AND a.at >= :since
  AND ST_X(p.geom) = CAST(a.detail -> 'after' ->> 'lon' AS float8)
  AND ST_Y(p.geom) = CAST(a.detail -> 'after' ->> 'lat' AS float8)
  AND ({scope r.path})
ORDER BY a.id DESC
LIMIT :limit;

-- name: lock
-- Until the end of the transaction. By itself: a join would lose the row whose region another has changed meanwhile.
SELECT id FROM place WHERE id = :place FOR UPDATE;

-- name: standing
SELECT p.id, p.name, p.address, p.updated_at, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, p.orig_x, p.orig_y, p.orig_crs, p.datum,
       p.datum_evidence, p.named_region, p.region_id, r.code AS region, r.path
FROM place p JOIN region r ON r.id = p.region_id
WHERE p.id = :place AND ({scope r.path});

-- name: who_placed
SELECT actor, at FROM audit
WHERE action = 'place_point' AND subject = :subject ORDER BY id DESC LIMIT 1;

-- name: entry
SELECT id, subject, detail FROM audit WHERE action = 'place_point' AND id = :entry;

-- name: around
-- The deepest region with a polygon around a point (the lowest code where regions share an edge).
SELECT r.id, r.code, r.level, r.path FROM region r
WHERE ST_Intersects(r.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
ORDER BY r.level DESC, r.code LIMIT 1;

-- name: nodes
SELECT id, code, name, level, is_rest, path, geom IS NOT NULL AS drawn FROM region
WHERE id = ANY (CAST(:ids AS int[])) ORDER BY level;

-- name: rest_of
SELECT id, code, path FROM region WHERE parent_id = :node AND is_rest;

-- name: near
-- Other places within `:metres` of a point; 60,000 m is a degree of longitude north of any place in China.
SELECT p.name FROM place p
WHERE p.id <> :place AND ST_DWithin(p.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), CAST(:metres AS float8) / 60000)
  AND ST_DWithin(p.geom::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography, :metres)
ORDER BY p.id;

-- name: write_point
UPDATE place SET
    geom = CASE WHEN CAST(:lon AS float8) IS NULL THEN NULL ELSE ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) END,
    region_id = :region_id, orig_x = :orig_x, orig_y = :orig_y, orig_crs = :orig_crs, datum = :datum,
    datum_evidence = :datum_evidence, updated_at = clock_timestamp()
WHERE id = :place;

-- name: region_by_code
SELECT id, path FROM region WHERE code = :code;

-- name: hand_placed
-- Of the places of a source with these keys, those that stand where a person has put them.
SELECT p.source_key, p.region_id, ST_AsBinary(p.geom) AS geom, p.orig_x, p.orig_y, p.orig_crs, p.datum, p.datum_evidence
FROM place p
WHERE p.source = :source AND p.source_key = ANY (CAST(:keys AS text[])) AND p.datum_evidence = 'confirmed'
  AND EXISTS (
      SELECT FROM audit a
      WHERE a.action = 'place_point' AND a.subject = 'place:' || p.id
        AND ST_X(p.geom) = CAST(a.detail -> 'after' ->> 'lon' AS float8)
        AND ST_Y(p.geom) = CAST(a.detail -> 'after' ->> 'lat' AS float8));

-- name: to_geocode
SELECT p.id, p.source, p.source_key, p.name, p.address, r.path
FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS wanted(id, position)
JOIN place p ON p.id = wanted.id JOIN region r ON r.id = p.region_id
WHERE btrim(p.address) <> '' AND ({scope r.path})
ORDER BY wanted.position;

-- name: hand_placed_of_batch
-- How many places that a batch wrote last have been put where they stand by a person since.
SELECT count(*) FROM place p
WHERE p.batch_id = :batch AND p.datum_evidence = 'confirmed'
  AND EXISTS (
      SELECT FROM audit a
      WHERE a.action = 'place_point' AND a.subject = 'place:' || p.id
        AND a.at >= (SELECT started_at FROM import_batch WHERE id = :batch)
        AND ST_X(p.geom) = CAST(a.detail -> 'after' ->> 'lon' AS float8)
        AND ST_Y(p.geom) = CAST(a.detail -> 'after' ->> 'lat' AS float8));

-- name: names
-- The regions that addresses may name.
SELECT id, code, name, level, path, geom IS NOT NULL AS drawn FROM region
WHERE level <= 4 AND NOT is_rest ORDER BY level, code;
