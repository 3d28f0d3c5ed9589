-- Steps of data/drawn.py, each under a name. {places}, {cells} and {counts} are the tables written: the live ones
-- when little changes, tables built aside when much does. {chosen} and {chosen_drawn}: which places are looked at.
-- Temp tables live until the end of the transaction.

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
WHERE {chosen};

-- name: analyze_rows
ANALYZE drawn_now;

-- name: changed_rows
-- Old and new state of every row that differs.
CREATE TEMP TABLE drawn_change ON COMMIT DROP AS
SELECT layer, place_id, o.path AS old_path, o.geom_3857 AS old_geom, o.severity AS old_severity,
       o.at_least AS old_at_least, n.path AS new_path, n.geom_3857 AS new_geom, n.severity AS new_severity,
       n.at_least AS new_at_least
FROM (SELECT * FROM drawn_place WHERE {chosen_drawn}) o
FULL JOIN drawn_now n USING (layer, place_id)
WHERE (o.severity, o.at_least, o.region_id, o.path, o.geom_3857)
    IS DISTINCT FROM (n.severity, n.at_least, n.region_id, n.path, n.geom_3857)
   OR o.severity IS NULL OR n.severity IS NULL;

-- name: share_changed
SELECT (SELECT count(*) FROM drawn_change) AS changed, (SELECT count(*) FROM drawn_place) AS standing;

-- name: changed_layers
SELECT DISTINCT layer FROM drawn_change ORDER BY layer;

-- name: remove_rows
DELETE FROM drawn_place d USING drawn_change c WHERE c.new_severity IS NULL AND d.layer = c.layer AND d.place_id = c.place_id;

-- name: write_rows
INSERT INTO drawn_place (place_id, layer, severity, at_least, region_id, path, geom_3857)
SELECT n.place_id, n.layer, n.severity, n.at_least, n.region_id, n.path, n.geom_3857
FROM drawn_now n JOIN drawn_change c USING (layer, place_id)
ORDER BY n.layer, n.geom_3857
ON CONFLICT (place_id, layer) DO UPDATE SET severity = excluded.severity, at_least = excluded.at_least,
    region_id = excluded.region_id, path = excluded.path, geom_3857 = excluded.geom_3857;

-- name: write_all_rows
-- Along the Hilbert curve: neighbours on the map share pages.
INSERT INTO {places} (place_id, layer, severity, at_least, region_id, path, geom_3857)
SELECT place_id, layer, severity, at_least, region_id, path, geom_3857 FROM drawn_now ORDER BY layer, geom_3857;

-- name: cell_changes
-- What the changed rows add to (n > 0) and take from (n < 0) the zoom-13 cells, 8192 × 64 a side of the world.
CREATE TEMP TABLE cell_change ON COMMIT DROP AS
SELECT layer, 13::smallint AS z, floor((ST_X(geom) + 20037508.342789244) / 76.43702828517625)::int AS cx,
       floor((20037508.342789244 - ST_Y(geom)) / 76.43702828517625)::int AS cy,
       path[LEAST(3, cardinality(path))] AS node_id, sum(n)::int AS n, sum(n * ST_X(geom)) AS sum_x,
       sum(n * ST_Y(geom)) AS sum_y,
       COALESCE(sum(n) FILTER (WHERE severity = 4), 0)::int AS red,
       COALESCE(sum(n) FILTER (WHERE severity = 3), 0)::int AS orange,
       COALESCE(sum(n) FILTER (WHERE severity = 2), 0)::int AS yellow,
       COALESCE(sum(n) FILTER (WHERE severity = 1), 0)::int AS blue,
       COALESCE(sum(n) FILTER (WHERE severity = 0), 0)::int AS unknown,
       COALESCE(sum(n) FILTER (WHERE severity = 0 AND at_least >= 3), 0)::int AS unknown_severe,
       COALESCE(sum(n) FILTER (WHERE severity = -1), 0)::int AS na
FROM (SELECT layer, old_path AS path, old_geom AS geom, old_severity AS severity, old_at_least AS at_least, -1 AS n
      FROM drawn_change
      UNION ALL SELECT layer, new_path, new_geom, new_severity, new_at_least, 1 FROM drawn_change) s
WHERE geom IS NOT NULL GROUP BY 1, 2, 3, 4, 5;

-- name: coarser_changes
INSERT INTO cell_change
SELECT layer, :z, cx >> 1, cy >> 1, node_id, sum(n), sum(sum_x), sum(sum_y), sum(red), sum(orange), sum(yellow),
       sum(blue), sum(unknown), sum(unknown_severe), sum(na)
FROM cell_change WHERE z = :z + 1 GROUP BY 1, 2, 3, 4, 5;

-- name: analyze_cells
ANALYZE cell_change;

-- name: empty_cells
DELETE FROM drawn_cell c USING cell_change d
WHERE (c.layer, c.z, c.cx, c.cy, c.node_id) = (d.layer, d.z, d.cx, d.cy, d.node_id)
  AND d.n < 0 AND c.red + c.orange + c.yellow + c.blue + c.unknown + c.na + d.n = 0;

-- name: change_cells
-- A cell stands where the middle of its points is.
UPDATE drawn_cell c
SET x = c.x + (d.sum_x - c.x * d.n) / (c.red + c.orange + c.yellow + c.blue + c.unknown + c.na + d.n),
    y = c.y + (d.sum_y - c.y * d.n) / (c.red + c.orange + c.yellow + c.blue + c.unknown + c.na + d.n),
    red = c.red + d.red, orange = c.orange + d.orange, yellow = c.yellow + d.yellow, blue = c.blue + d.blue,
    unknown = c.unknown + d.unknown, unknown_severe = c.unknown_severe + d.unknown_severe, na = c.na + d.na
FROM cell_change d
WHERE (c.layer, c.z, c.cx, c.cy, c.node_id) = (d.layer, d.z, d.cx, d.cy, d.node_id);

-- name: new_cells
INSERT INTO drawn_cell (layer, z, cx, cy, node_id, x, y, red, orange, yellow, blue, unknown, unknown_severe, na)
SELECT layer, z, cx, cy, node_id, sum_x / n, sum_y / n, red, orange, yellow, blue, unknown, unknown_severe, na
FROM cell_change d WHERE n > 0
ON CONFLICT (layer, z, cx, cy, node_id) DO NOTHING;

-- name: count_changes
CREATE TEMP TABLE count_change ON COMMIT DROP AS
SELECT u.region_id, s.layer, s.severity, s.at_least, sum(s.n)::int AS n, sum(s.mapped)::int AS mapped
FROM (SELECT layer, path, severity, at_least, sum(n) AS n, sum(n) FILTER (WHERE geom IS NOT NULL) AS mapped
      FROM (SELECT layer, old_path AS path, old_severity AS severity, old_at_least AS at_least, old_geom AS geom, -1 AS n
            FROM drawn_change
            UNION ALL SELECT layer, new_path, new_severity, new_at_least, new_geom, 1 FROM drawn_change) r
      WHERE severity IS NOT NULL GROUP BY 1, 2, 3, 4) s
CROSS JOIN LATERAL unnest(s.path) AS u(region_id)
GROUP BY 1, 2, 3, 4;

-- name: change_counts
INSERT INTO region_count (region_id, layer, severity, at_least, n, mapped)
SELECT region_id, layer, severity, at_least, n, COALESCE(mapped, 0) FROM count_change
ON CONFLICT (region_id, layer, severity, at_least) DO UPDATE
SET n = region_count.n + excluded.n, mapped = region_count.mapped + excluded.mapped;

-- name: empty_counts
DELETE FROM region_count c USING count_change d
WHERE (c.region_id, c.layer, c.severity, c.at_least) = (d.region_id, d.layer, d.severity, d.at_least) AND c.n = 0;

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
GROUP BY 1, 2, 3, 4, 5;

-- name: coarser_cells
INSERT INTO {cells} (layer, z, cx, cy, node_id, x, y, red, orange, yellow, blue, unknown, unknown_severe, na)
SELECT c.layer, :z, c.cx >> 1, c.cy >> 1, c.node_id,
       sum(c.x * (red + orange + yellow + blue + unknown + na)) / sum(red + orange + yellow + blue + unknown + na),
       sum(c.y * (red + orange + yellow + blue + unknown + na)) / sum(red + orange + yellow + blue + unknown + na),
       sum(red), sum(orange), sum(yellow), sum(blue), sum(unknown), sum(unknown_severe), sum(na)
FROM {cells} c
WHERE c.z = :z + 1
GROUP BY 1, 2, 3, 4, 5;

-- name: count_regions
INSERT INTO {counts} (region_id, layer, severity, at_least, n, mapped)
SELECT u.region_id, g.layer, g.severity, g.at_least, sum(g.n), sum(g.mapped)
FROM (SELECT layer, path, severity, at_least, count(*) AS n, count(geom_3857) AS mapped
      FROM {places} GROUP BY 1, 2, 3, 4) g
CROSS JOIN LATERAL unnest(g.path) AS u(region_id)
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
