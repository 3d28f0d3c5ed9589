-- name: stored
SELECT count(*) FROM {table} WHERE source = :source;

-- name: gone
-- Rows of the source that the delivery does not speak of; a closed place is no news.
INSERT INTO gone_row (source, table_name, row_id, source_key, batch_id)
SELECT t.source, '{table}', t.id, t.source_key, :batch FROM {table} t
WHERE t.source = :source AND {open} AND NOT EXISTS (SELECT FROM delivered d WHERE d.key = t.source_key)
ON CONFLICT (source, table_name, row_id) DO UPDATE
SET batch_id = excluded.batch_id, noticed_at = now(), decision = 'proposed', decided_by = NULL, decided_at = NULL
WHERE gone_row.decision = 'returned';

-- name: returned
UPDATE gone_row g SET decision = 'returned', decided_at = now()
FROM delivered d
WHERE g.source = :source AND g.table_name = '{table}' AND d.key = g.source_key AND g.decision <> 'returned';

-- name: proposed
SELECT g.id, g.source, g.table_name, g.row_id, g.source_key, g.noticed_at, g.batch_id, p.name, p.state
FROM gone_row g LEFT JOIN place p ON g.table_name = 'place' AND p.id = g.row_id
WHERE g.decision = 'proposed' AND (CAST(:source AS text) IS NULL OR g.source = :source)
ORDER BY g.source, g.noticed_at, g.id;

-- name: decide
UPDATE gone_row SET decision = :decision, decided_by = :who, decided_at = now()
WHERE id = :id AND decision = 'proposed'
RETURNING source, table_name, row_id, source_key;

-- name: close_place
UPDATE place SET state = 'closed', updated_at = now() WHERE id = :id AND state <> 'closed' RETURNING region_id;

-- name: path_of_place
SELECT r.path FROM place p JOIN region r ON r.id = p.region_id WHERE p.id = :id;

-- name: known_files
SELECT sha256 FROM import_batch WHERE source = :source AND sha256 IS NOT NULL AND state <> 'undone';

-- name: looks
SELECT name, checked_at, state, sentence, seen, counts, batch_id FROM standing_source ORDER BY name;

-- name: note
INSERT INTO standing_source (name, checked_at, state, sentence, seen, counts, batch_id)
VALUES (:name, now(), :state, :sentence, :seen, CAST(:counts AS jsonb), :batch)
ON CONFLICT (name) DO UPDATE
SET checked_at = now(), state = excluded.state, sentence = excluded.sentence,
    seen = COALESCE(excluded.seen, standing_source.seen),
    counts = CASE WHEN excluded.batch_id IS NULL THEN standing_source.counts ELSE excluded.counts END,
    batch_id = COALESCE(excluded.batch_id, standing_source.batch_id);
