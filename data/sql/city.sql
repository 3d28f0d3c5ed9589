-- Reads of data/city.py.

-- name: city
SELECT name, is_demo, seed, as_of, attribution, notes FROM city;

-- name: versions
SELECT layer, version, changed_at FROM layer_version ORDER BY layer;

-- name: assessed_on
-- The day of the newest scoring that was kept, of the oldest of the three schemes that colour the layers.
SELECT CASE WHEN count(*) = 3 THEN min(day) END AS day
FROM (SELECT s.scheme, max(r.as_of) AS day
      FROM risk_run r CROSS JOIN LATERAL jsonb_object_keys(r.rules) AS s(scheme)
      WHERE r.finished_at IS NOT NULL AND COALESCE(CAST(r.counts ->> 'kept' AS boolean), false)
        AND s.scheme IN ('gas_shop', 'hazchem_enterprise', 'place')
      GROUP BY 1) newest;

-- name: counts
SELECT (SELECT count(*) FROM region WHERE NOT is_rest) AS regions, (SELECT count(*) FROM zone) AS zones,
       (SELECT count(*) FROM place) AS places, (SELECT count(*) FROM unit) AS units,
       (SELECT count(*) FROM gas_installation) AS gas_installations, (SELECT count(*) FROM station) AS stations,
       (SELECT count(*) FROM road) AS roads, (SELECT count(*) FROM officer) AS officers,
       (SELECT count(*) FROM inspection) AS inspections, (SELECT count(*) FROM hazard) AS hazards,
       (SELECT count(*) FROM sensor) AS sensors, (SELECT count(*) FROM alarm) AS alarms;

-- name: runs
SELECT id, as_of, started_at, finished_at, rules, counts FROM risk_run ORDER BY id DESC LIMIT 5;

-- name: batches
SELECT b.id, b.kind, b.source, b.file_name, b.sha256, b.datum, b.summary, b.actor, b.started_at, b.state,
       (SELECT count(*)::int FROM rejected_row r WHERE r.batch_id = b.id) AS rejected
FROM import_batch b ORDER BY b.id DESC LIMIT :limit;
