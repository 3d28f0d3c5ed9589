-- Steps of data/drawn.py, each under a name. {places}, {cells} and {counts} are the tables written: the live ones
-- when little changes, tables built aside when much does. Temp tables live until the end of the transaction.

-- name: layer_rows
-- What should be drawn now: one row per (layer, place). Every place is in at least one layer.
CREATE TEMP TABLE drawn_now ON COMMIT DROP AS
SELECT p.id AS place_id, l.layer,
       COALESCE(a.severity, 0)::smallint AS severity, COALESCE(a.at_least, 0)::smallint AS at_least,
       p.region_id, r.path, p.geom_3857
FROM place p
JOIN region r ON r.id = p.region_id
JOIN (VALUES
    ('enterprise', ARRAY['enterprise', 'petrol_station', 'mine', 'hazchem', 'explosive_precursor', 'highly_toxic',
                         'drug_precursor', 'fireworks', 'hazmat_parking']),
    ('gas_shop', ARRAY['gas_shop']),
    ('small_place', ARRAY['small_place']),
    ('crowded_place', ARRAY['crowded_place', 'school', 'hospital'])
) AS l(layer, kinds) ON p.kinds && l.kinds
LEFT JOIN assessment a
    ON a.place_id = p.id AND a.unit_id IS NULL AND a.superseded_at IS NULL
    AND a.scheme = CASE
        WHEN l.layer = 'gas_shop' THEN 'gas_shop'
        WHEN l.layer = 'enterprise' AND 'hazchem' = ANY (p.kinds) THEN 'hazchem_enterprise'
        ELSE 'place' END
WHERE CAST(:place_ids AS bigint[]) IS NULL OR p.id = ANY (CAST(:place_ids AS bigint[]));

-- name: analyze_rows
ANALYZE drawn_now;

-- name: changed_rows
-- Old and new state of every row that differs.
CREATE TEMP TABLE drawn_change ON COMMIT DROP AS
SELECT layer, place_id, o.path AS old_path, o.geom_3857 AS old_geom, n.path AS new_path, n.geom_3857 AS new_geom,
       n.severity IS NULL AS gone
FROM (SELECT * FROM drawn_place
      WHERE CAST(:place_ids AS bigint[]) IS NULL OR place_id = ANY (CAST(:place_ids AS bigint[]))) o
FULL JOIN drawn_now n USING (layer, place_id)
WHERE (o.severity, o.at_least, o.region_id, o.path, o.geom_3857)
    IS DISTINCT FROM (n.severity, n.at_least, n.region_id, n.path, n.geom_3857)
   OR o.severity IS NULL OR n.severity IS NULL;

-- name: share_changed
SELECT (SELECT count(*) FROM drawn_change) AS changed, (SELECT count(*) FROM drawn_place) AS standing;

-- name: changed_layers
SELECT DISTINCT layer FROM drawn_change ORDER BY layer;

-- name: remove_rows
DELETE FROM drawn_place d USING drawn_change c WHERE c.gone AND d.layer = c.layer AND d.place_id = c.place_id;

-- name: write_rows
INSERT INTO drawn_place (place_id, layer, severity, at_least, region_id, path, geom_3857)
SELECT n.place_id, n.layer, n.severity, n.at_least, n.region_id, n.path, n.geom_3857
FROM drawn_now n JOIN drawn_change c USING (layer, place_id)
ON CONFLICT (place_id, layer) DO UPDATE SET severity = excluded.severity, at_least = excluded.at_least,
    region_id = excluded.region_id, path = excluded.path, geom_3857 = excluded.geom_3857;

-- name: write_all_rows
-- Along the Hilbert curve: neighbours on the map share pages.
INSERT INTO {places} (place_id, layer, severity, at_least, region_id, path, geom_3857)
SELECT place_id, layer, severity, at_least, region_id, path, geom_3857 FROM drawn_now ORDER BY layer, geom_3857;

-- name: touched_tables
CREATE TEMP TABLE touched_cell (layer text, z smallint, cx int, cy int) ON COMMIT DROP;
CREATE TEMP TABLE touched_region (layer text, region_id int) ON COMMIT DROP;

-- name: touched_cells
-- The zoom-13 cells (8192 × 64 a side of the world) that a changed row leaves or enters.
INSERT INTO touched_cell SELECT DISTINCT layer, 13::smallint AS z,
       floor((ST_X(g) + 20037508.342789244) / 76.43702828517625)::int AS cx,
       floor((20037508.342789244 - ST_Y(g)) / 76.43702828517625)::int AS cy
FROM (SELECT layer, old_geom AS g FROM drawn_change UNION ALL SELECT layer, new_geom FROM drawn_change) s
WHERE g IS NOT NULL;

-- name: coarser_touched
INSERT INTO touched_cell SELECT DISTINCT layer, (:z)::smallint, cx >> 1, cy >> 1 FROM touched_cell WHERE z = :z + 1;

-- name: index_touched
CREATE INDEX ON touched_cell (z, layer, cx, cy);

-- name: analyze_touched
ANALYZE touched_cell;

-- name: clear_cells
DELETE FROM drawn_cell c USING touched_cell t WHERE c.layer = t.layer AND c.z = t.z AND c.cx = t.cx AND c.cy = t.cy;

-- name: finest_cells
INSERT INTO {cells} (layer, z, cx, cy, node_id, x, y, red, orange, yellow, blue, unknown, unknown_severe, na)
SELECT d.layer, 13, d.cx, d.cy, d.node_id, avg(ST_X(d.geom_3857)), avg(ST_Y(d.geom_3857)),
       count(*) FILTER (WHERE severity = 4), count(*) FILTER (WHERE severity = 3),
       count(*) FILTER (WHERE severity = 2), count(*) FILTER (WHERE severity = 1),
       count(*) FILTER (WHERE severity = 0), count(*) FILTER (WHERE severity = 0 AND at_least >= 3),
       count(*) FILTER (WHERE severity = -1)
FROM (SELECT layer, severity, at_least, geom_3857, path[LEAST(3, cardinality(path))] AS node_id,
             floor((ST_X(geom_3857) + 20037508.342789244) / 76.43702828517625)::int AS cx,
             floor((20037508.342789244 - ST_Y(geom_3857)) / 76.43702828517625)::int AS cy
      FROM {places} WHERE geom_3857 IS NOT NULL) d
WHERE :everything OR EXISTS (
    SELECT FROM touched_cell t WHERE t.z = 13 AND t.layer = d.layer AND t.cx = d.cx AND t.cy = d.cy)
GROUP BY 1, 2, 3, 4, 5;

-- name: coarser_cells
INSERT INTO {cells} (layer, z, cx, cy, node_id, x, y, red, orange, yellow, blue, unknown, unknown_severe, na)
SELECT c.layer, :z, c.cx >> 1, c.cy >> 1, c.node_id,
       sum(c.x * (red + orange + yellow + blue + unknown + na)) / sum(red + orange + yellow + blue + unknown + na),
       sum(c.y * (red + orange + yellow + blue + unknown + na)) / sum(red + orange + yellow + blue + unknown + na),
       sum(red), sum(orange), sum(yellow), sum(blue), sum(unknown), sum(unknown_severe), sum(na)
FROM {cells} c
WHERE c.z = :z + 1 AND (:everything OR EXISTS (
    SELECT FROM touched_cell t WHERE t.z = :z AND t.layer = c.layer AND t.cx = c.cx >> 1 AND t.cy = c.cy >> 1))
GROUP BY 1, 2, 3, 4, 5;

-- name: touched_regions
INSERT INTO touched_region
SELECT DISTINCT layer, region_id
FROM (SELECT layer, old_path AS path FROM drawn_change UNION ALL SELECT layer, new_path FROM drawn_change) s
CROSS JOIN LATERAL unnest(path) AS u(region_id);

-- name: index_regions
CREATE UNIQUE INDEX ON touched_region (layer, region_id);

-- name: analyze_regions
ANALYZE touched_region;

-- name: clear_counts
DELETE FROM region_count c USING touched_region t WHERE c.layer = t.layer AND c.region_id = t.region_id;

-- name: count_regions
INSERT INTO {counts} (region_id, layer, severity, at_least, n, mapped)
SELECT u.region_id, g.layer, g.severity, g.at_least, sum(g.n), sum(g.mapped)
FROM (SELECT layer, path, severity, at_least, count(*) AS n, count(geom_3857) AS mapped
      FROM {places} GROUP BY 1, 2, 3, 4) g
CROSS JOIN LATERAL unnest(g.path) AS u(region_id)
WHERE :everything OR EXISTS (SELECT FROM touched_region t WHERE t.layer = g.layer AND t.region_id = u.region_id)
GROUP BY 1, 2, 3, 4;

-- name: total_regions
-- Each place once, whatever its layers; regions without a place have a row of zeros.
WITH leaf AS (SELECT region_id, count(*) AS n, count(geom) AS mapped FROM place GROUP BY 1),
now_ AS (
    SELECT r.id AS region_id, COALESCE(s.n, 0)::int AS places, COALESCE(s.mapped, 0)::int AS mapped
    FROM region r
    LEFT JOIN (SELECT u.region_id, sum(leaf.n) AS n, sum(leaf.mapped) AS mapped
               FROM leaf JOIN region l ON l.id = leaf.region_id CROSS JOIN LATERAL unnest(l.path) AS u(region_id)
               GROUP BY 1) s ON s.region_id = r.id
)
INSERT INTO region_total (region_id, places, mapped) SELECT * FROM now_
ON CONFLICT (region_id) DO UPDATE SET places = excluded.places, mapped = excluded.mapped
WHERE (region_total.places, region_total.mapped) IS DISTINCT FROM (excluded.places, excluded.mapped);

-- name: raise_versions
INSERT INTO layer_version (layer, version) SELECT DISTINCT layer, 1 FROM drawn_change
ON CONFLICT (layer) DO UPDATE SET version = layer_version.version + 1, changed_at = now();
