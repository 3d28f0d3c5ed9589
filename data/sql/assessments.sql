-- Steps of data/assessments.py, each under a name.

-- name: start_run
INSERT INTO risk_run (as_of, rules) VALUES (:as_of, CAST(:rules AS jsonb)) RETURNING id;

-- name: note_run
UPDATE risk_run SET counts = CAST(:counts AS jsonb),
    finished_at = CASE WHEN :finished THEN clock_timestamp() ELSE finished_at END
WHERE id = :id;

-- name: latest_as_of
SELECT max(as_of) FROM risk_run WHERE finished_at IS NOT NULL AND COALESCE(CAST(counts ->> 'kept' AS boolean), false);

-- name: current
SELECT id, place_id, COALESCE(unit_id, 0) AS unit_key, digest
FROM assessment WHERE scheme = :scheme AND superseded_at IS NULL;

-- name: supersede
UPDATE assessment SET superseded_at = clock_timestamp() WHERE id = ANY (CAST(:ids AS bigint[]));
