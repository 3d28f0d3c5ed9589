-- The cells of one tile of a counted layer, summed over the streets in scope. A count of zero is left out.
SELECT count(*), ST_AsMVT(f, {name}, 4096, 'geom')
FROM (
    SELECT c.n, {grades},
           ST_MakePoint(round((c.x - %(west)s) * %(units)s), round((%(north)s - c.y) * %(units)s)) AS geom
    FROM (
        SELECT sum(x * k) / sum(k) AS x, sum(y * k) / sum(k) AS y, sum(k)::int AS n,
               sum(red)::int AS red, sum(orange)::int AS orange, sum(yellow)::int AS yellow, sum(blue)::int AS blue,
               sum(unknown)::int AS unknown, sum(unknown_severe)::int AS unknown_severe, sum(na)::int AS na
        FROM (
            SELECT cx, cy, x, y, red, orange, yellow, blue, unknown, unknown_severe, na,
                   red + orange + yellow + blue + unknown + na AS k
            FROM drawn_cell c
            WHERE c.layer = {layer} AND c.z = %(z)s AND cx = ANY (%(cx)s::integer[]) AND cy BETWEEN %(cy0)s AND %(cy1)s
              AND {nodes}
        ) d
        GROUP BY cx, cy
    ) c
) f
