-- The cells of a block of tiles of a counted layer, summed over the streets in scope. A count of zero is left out.
SELECT tx, ty, count(*), ST_AsMVT(f, {name}, 4096, 'geom')
FROM (
    SELECT cx >> 6 AS tx, cy >> 6 AS ty, sum(x * k) / sum(k) AS x, sum(y * k) / sum(k) AS y, sum(k)::int AS n,
           sum(red)::int AS red, sum(orange)::int AS orange, sum(yellow)::int AS yellow, sum(blue)::int AS blue,
           sum(unknown)::int AS unknown, sum(unknown_severe)::int AS unknown_severe, sum(na)::int AS na
    FROM (
        SELECT cx, cy, x, y, red, orange, yellow, blue, unknown, unknown_severe, na,
               red + orange + yellow + blue + unknown + na AS k
        FROM drawn_cell c
        WHERE c.layer = {layer} AND c.z = %(z)s AND cx = ANY (ARRAY(SELECT generate_series(%(cx0)s::int, %(cx1)s::int)))
          AND cy BETWEEN %(cy0)s AND %(cy1)s
          AND {nodes}
    ) d
    GROUP BY cx, cy
) c
CROSS JOIN LATERAL (
    SELECT c.n, {grades}, {point} AS geom
) f
GROUP BY tx, ty
