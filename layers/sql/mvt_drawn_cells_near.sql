-- The stored cells of one tile as they are, one per cell and street: at near zooms hardly any cell has two streets,
-- and summing them would cost more than drawing them.
SELECT count(*), ST_AsMVT(f, {name}, 4096, 'geom')
FROM (
    SELECT c.red + c.orange + c.yellow + c.blue + c.unknown + c.na AS n, {grades},
           ST_MakePoint(round((c.x - %(west)s) * %(units)s), round((%(north)s - c.y) * %(units)s)) AS geom
    FROM drawn_cell c
    WHERE c.layer = {layer} AND c.z = %(z)s AND c.cx = ANY (%(cx)s::integer[]) AND c.cy BETWEEN %(cy0)s AND %(cy1)s
      AND {nodes}
) f
