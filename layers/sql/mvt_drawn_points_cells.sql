-- Places of `rows` (id, severity, at_least) summed to square cells on the fly, with the counts of a drawn cell.
SELECT count(*), ST_AsMVT(f, {name}, 4096, 'geom')
FROM (
    SELECT c.n, {grades}, c.id,
           ST_MakePoint(round((c.x - %(west)s) * %(units)s), round((%(north)s - c.y) * %(units)s)) AS geom
    FROM (
        SELECT avg(ST_X(q.geom)) AS x, avg(ST_Y(q.geom)) AS y, count(*)::int AS n,
               (count(*) FILTER (WHERE q.severity = 4))::int AS red,
               (count(*) FILTER (WHERE q.severity = 3))::int AS orange,
               (count(*) FILTER (WHERE q.severity = 2))::int AS yellow,
               (count(*) FILTER (WHERE q.severity = 1))::int AS blue,
               (count(*) FILTER (WHERE q.severity = 0))::int AS unknown,
               (count(*) FILTER (WHERE q.severity = 0 AND q.at_least >= 3))::int AS unknown_severe,
               (count(*) FILTER (WHERE q.severity = -1))::int AS na,
               CASE WHEN count(*) = 1 THEN min(q.id) END AS id
        FROM ({rows}) q
        WHERE ST_X(q.geom) >= %(west)s AND ST_X(q.geom) < %(east)s
          AND ST_Y(q.geom) > %(south)s AND ST_Y(q.geom) <= %(north)s
        GROUP BY floor((ST_X(q.geom) - %(west)s) / %(cell_m)s), floor((%(north)s - ST_Y(q.geom)) / %(cell_m)s)
    ) c
) f
