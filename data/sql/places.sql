-- Reads of data/places.py: places as rows of a list, and which come first.

-- name: worst_of_layer
-- Worst first in one layer below a node: proven severity, then severity, then the value of the scheme that colours it.
SELECT d.place_id AS id
FROM drawn_place d
JOIN place p ON p.id = d.place_id
JOIN region r ON r.id = p.region_id
LEFT JOIN assessment a
    ON a.place_id = d.place_id AND a.unit_id IS NULL AND a.superseded_at IS NULL
    AND a.scheme = CASE
        WHEN d.layer = 'gas_shop' THEN 'gas_shop'
        WHEN d.layer = 'enterprise' AND 'hazchem' = ANY (p.kinds) THEN 'hazchem_enterprise'
        ELSE 'place' END
WHERE d.layer = :layer AND d.at_least >= :floor AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
ORDER BY d.at_least DESC, d.severity DESC,
         CASE WHEN a.scheme = ANY (CAST(:lower_is_worse AS text[])) THEN -a.value_low ELSE a.value_high END
             DESC NULLS LAST,
         d.place_id
LIMIT :limit OFFSET :offset;

-- name: worst_of_all
-- The same over all layers, each place once with its worst.
SELECT d.place_id AS id
FROM drawn_place d
JOIN place p ON p.id = d.place_id
JOIN region r ON r.id = p.region_id
WHERE d.at_least >= :floor AND r.path @> ARRAY[CAST(:node AS int)] AND ({scope r.path})
GROUP BY d.place_id
ORDER BY max(d.at_least) DESC, max(d.severity) DESC, d.place_id
LIMIT :limit OFFSET :offset;

-- name: steps
-- How many rows of the layer (null: of all layers) a node has at each proven severity; parts as in drill.sql.
SELECT at_least, sum(n)::int AS n FROM region_count
WHERE region_id = ANY (CAST(:ids AS int[])) AND (CAST(:layer AS text) IS NULL OR layer = :layer)
GROUP BY 1 ORDER BY 1 DESC;

-- name: list_rows
-- One row per place in the order of `:ids`, with its worst layer (or `:layer`), that layer's assessment and open work.
SELECT p.id, p.name, p.kinds, p.state, p.address, p.uscc, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat,
       r.path, r.code AS region_code,
       (SELECT string_agg(a.name, ' · ' ORDER BY a.level) FROM region a
        WHERE a.id = ANY (r.path) AND a.level BETWEEN 2 AND 4) AS region_name,
       d.layer, d.severity, d.at_least, s.scheme, s.grade, s.value_low, s.value_high, s.sentence,
       h.open AS open_hazards, h.overdue,
       (SELECT max(i.inspected_on) FROM inspection i WHERE i.place_id = p.id) AS last_inspected
FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS wanted(id, position)
JOIN place p ON p.id = wanted.id
JOIN region r ON r.id = p.region_id
LEFT JOIN LATERAL (
    SELECT dp.layer, dp.severity, dp.at_least FROM drawn_place dp
    WHERE dp.place_id = p.id AND (CAST(:layer AS text) IS NULL OR dp.layer = :layer)
    ORDER BY dp.at_least DESC, dp.severity DESC, dp.layer LIMIT 1
) d ON true
LEFT JOIN assessment s
    ON s.place_id = p.id AND s.unit_id IS NULL AND s.superseded_at IS NULL
    AND s.scheme = CASE
        WHEN d.layer = 'gas_shop' THEN 'gas_shop'
        WHEN d.layer = 'enterprise' AND 'hazchem' = ANY (p.kinds) THEN 'hazchem_enterprise'
        ELSE 'place' END
CROSS JOIN LATERAL (
    SELECT count(*)::int AS open, (count(*) FILTER (WHERE deadline < :today))::int AS overdue
    FROM hazard WHERE place_id = p.id AND state <> 'closed'
) h
WHERE {scope r.path}
ORDER BY wanted.position;

-- name: where_is
-- The region path and point of one place.
SELECT p.id, r.path, r.code AS region_code, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat
FROM place p JOIN region r ON r.id = p.region_id
WHERE p.id = :place AND ({scope r.path});
