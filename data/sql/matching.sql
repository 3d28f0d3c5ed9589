-- Steps of data/matching, each under a name.

-- name: references
-- Every foreign key that points to the table :target: from which table and column, how many columns, whether the
-- column alone is unique there, and whether that table has an id.
SELECT s.relname AS table_name, a.attname AS column_name, cardinality(c.conkey) AS columns,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indisunique AND i.indpred IS NULL
               AND i.indexprs IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS single,
       EXISTS (SELECT FROM pg_attribute k WHERE k.attrelid = c.conrelid AND k.attname = 'id' AND NOT k.attisdropped)
           AS has_id
FROM pg_constraint c
JOIN pg_class s ON s.oid = c.conrelid
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.confrelid = CAST(quote_ident(:target) AS regclass)
ORDER BY 1, 2;

-- name: columns
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, t.typname IN ('geometry', 'geography') AS is_geometry
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = CAST(quote_ident(:target) AS regclass) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum;

-- name: places
-- What matching reads of the places in scope; `area` is the district (the city for what lies in none).
SELECT p.id, p.name, p.uscc, p.licence_no, p.address, p.contact_phone, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat,
       r.path[LEAST(2, cardinality(r.path))] AS area
FROM place p JOIN region r ON r.id = p.region_id
WHERE {scope r.path}
ORDER BY p.id;

-- name: region_names
SELECT name, min(level) AS level FROM region WHERE level <= 4 AND NOT is_rest GROUP BY name ORDER BY 1;

-- name: known_pairs
-- What was decided or asked before, by the places the two records are part of now.
SELECT q.id, q.a_id, q.b_id, COALESCE(sa.place_id, q.a_id) AS a, COALESCE(sb.place_id, q.b_id) AS b, q.state
FROM place_pair q
LEFT JOIN place_source sa ON sa.origin_id = q.a_id
LEFT JOIN place_source sb ON sb.origin_id = q.b_id;

-- name: keep_pairs
-- The doubtful pairs of this search: new ones are added, open ones told anew, decided ones left alone.
INSERT INTO place_pair (a_id, b_id, rule, score, distance_m, evidence)
SELECT * FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[]), CAST(:rule AS text[]), CAST(:score AS float[]),
                     CAST(:distance AS float[]), CAST(CAST(:evidence AS text[]) AS jsonb[]))
ON CONFLICT (a_id, b_id) DO UPDATE SET rule = excluded.rule, score = excluded.score, distance_m = excluded.distance_m,
    evidence = excluded.evidence
WHERE place_pair.state = 'open'
  AND (place_pair.rule, place_pair.score, place_pair.distance_m, place_pair.evidence)
      IS DISTINCT FROM (excluded.rule, excluded.score, excluded.distance_m, excluded.evidence)
RETURNING xmax = 0 AS new;

-- name: withdraw_pairs
DELETE FROM place_pair WHERE id = ANY(CAST(:ids AS bigint[])) AND state = 'open';

-- name: add_merges
INSERT INTO place_merge (kept_id, absorbed_ids, how, evidence, conflicts, grades, made_by, account_id)
VALUES (:kept, CAST(:absorbed AS bigint[]), :how, CAST(:evidence AS jsonb), '[]', '[]', :actor, :account) RETURNING id;

-- name: move_rows
-- Points rows of {table} from absorbed rows to the kept one and writes each down.
WITH m AS (SELECT * FROM unnest(CAST(:merge AS bigint[]), CAST(:absorbed AS bigint[]), CAST(:kept AS bigint[]))
           AS m(merge_id, absorbed, kept)),
moved AS (UPDATE {table} t SET {column} = m.kept FROM m WHERE t.{column} = m.absorbed
          RETURNING m.merge_id, t.id, m.absorbed, m.kept)
INSERT INTO place_merge_row (merge_id, what, table_name, row_id, column_name, before, after)
SELECT merge_id, 'moved', :table_name, id, :column_name, to_jsonb(absorbed), to_jsonb(kept) FROM moved ORDER BY id;

-- name: note_added
INSERT INTO place_merge_row (merge_id, what, table_name, row_id)
SELECT merge_id, 'added', 'place_source', row_id
FROM unnest(CAST(:merge AS bigint[]), CAST(:row AS bigint[])) AS m(merge_id, row_id) ORDER BY row_id;

-- name: grades
-- The current result of each scheme for places of merges; the worst stands first. Proven grades outrank unknown, and
-- unknown outranks blue: nothing looks safer than before.
SELECT m.merge_id, a.id, a.place_id, a.scheme, a.grade, a.severity, a.at_least,
       row_number() OVER (PARTITION BY m.merge_id, a.scheme ORDER BY
           CASE WHEN a.at_least >= 2 THEN a.at_least * 10 + (a.severity = 0)::int WHEN a.severity = 0 THEN 15
                ELSE a.severity * 10 END DESC, a.place_id = m.kept DESC, a.id) AS rank
FROM unnest(CAST(:merge AS bigint[]), CAST(:place AS bigint[]), CAST(:kept AS bigint[])) AS m(merge_id, place, kept)
JOIN assessment a ON a.place_id = m.place
WHERE a.superseded_at IS NULL AND a.unit_id IS NULL
ORDER BY m.merge_id, a.scheme, rank;

-- name: supersede
-- now() and not the clock: all of a transaction is one instant.
UPDATE assessment SET superseded_at = now() WHERE id = ANY(CAST(:ids AS bigint[])) RETURNING id, superseded_at;

-- name: told
UPDATE place_merge SET conflicts = CAST(:conflicts AS jsonb), grades = CAST(:grades AS jsonb) WHERE id = :id;

-- name: later_merges
SELECT id FROM place_merge
WHERE undone_at IS NULL AND id > :merge AND (kept_id = :kept OR :kept = ANY(absorbed_ids)) ORDER BY id DESC;

-- name: move_back
-- Rows that still hang where the merge put them go back; others have been moved or deleted since.
UPDATE {table} t SET {column} = CAST(r.before #>> '{}' AS bigint) FROM place_merge_row r
WHERE r.merge_id = :merge AND r.what = 'moved' AND r.table_name = :table_name AND r.column_name = :column_name
  AND t.id = r.row_id AND t.{column} = CAST(r.after #>> '{}' AS bigint);

-- name: newer_grades
-- What scoring said of the merged place since: it was of all records together.
UPDATE assessment a SET superseded_at = now()
WHERE a.place_id = :kept AND a.superseded_at IS NULL AND a.unit_id IS NULL AND NOT EXISTS (
    SELECT FROM place_merge_row r WHERE r.merge_id = :merge AND r.table_name = 'assessment' AND r.row_id = a.id);

-- name: grades_back
UPDATE assessment a SET superseded_at = CAST(r.before ->> 'superseded_at' AS timestamptz) FROM place_merge_row r
WHERE r.merge_id = :merge AND r.what = 'changed' AND r.table_name = 'assessment' AND a.id = r.row_id;

-- name: drop_added
DELETE FROM place_source s USING place_merge_row r
WHERE r.merge_id = :merge AND r.what = 'added' AND r.table_name = 'place_source' AND s.id = r.row_id;

-- name: undone
UPDATE place_merge SET undone_at = now(), undone_by = :actor WHERE id = :id;

-- name: apart
-- After a merge was taken apart its pairs are different, so that no rule puts them together again.
INSERT INTO place_pair (a_id, b_id, state, rule, score, evidence, decided_at, decided_by, account_id)
SELECT LEAST(x.a, x.b), GREATEST(x.a, x.b), 'different', 'apart', 0, '[]', now(), :actor, :account
FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS x(a, b)
ON CONFLICT (a_id, b_id) DO UPDATE SET state = 'different', decided_at = now(), decided_by = :actor, account_id = :account;

-- name: refolded
-- The contradictions of a merged place after a sender changed its record; those of rows below it stay as they are.
UPDATE place_merge SET conflicts = CAST(:said AS jsonb) || COALESCE(
    (SELECT jsonb_agg(c) FROM jsonb_array_elements(conflicts) c WHERE c ? 'table'), '[]')
WHERE id = (SELECT max(id) FROM place_merge WHERE kept_id = :id AND undone_at IS NULL);

-- name: no_longer_same
-- Pairs called the same whose records are in two places now were taken apart.
UPDATE place_pair q SET state = 'different', decided_at = now(), decided_by = :actor, account_id = :account
FROM (SELECT q.id, COALESCE(sa.place_id, q.a_id) AS a, COALESCE(sb.place_id, q.b_id) AS b FROM place_pair q
      LEFT JOIN place_source sa ON sa.origin_id = q.a_id
      LEFT JOIN place_source sb ON sb.origin_id = q.b_id WHERE q.state = 'same') o
WHERE q.id = o.id AND o.a <> o.b;
