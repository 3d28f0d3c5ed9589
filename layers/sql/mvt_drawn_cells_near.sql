-- The stored cells of a block of tiles as they are, one per cell and street: at near zooms hardly any cell has two
-- streets, and summing them would cost more than drawing them.
SELECT tx, ty, count(*), ST_AsMVT(f, {name}, 4096, 'geom')
FROM (
    SELECT d.*, cx >> 6 AS tx, cy >> 6 AS ty
    FROM drawn_cell d
    WHERE d.layer = {layer} AND d.z = %(z)s AND cx = ANY (ARRAY(SELECT generate_series(%(cx0)s::int, %(cx1)s::int)))
          AND cy BETWEEN %(cy0)s AND %(cy1)s
) c
CROSS JOIN LATERAL (
    SELECT c.red + c.orange + c.yellow + c.blue + c.unknown + c.na AS n, {grades}, {point} AS geom
) f
WHERE {nodes}
GROUP BY tx, ty
