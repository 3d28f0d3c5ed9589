-- Places of `rows` (id, severity, at_least) summed to square cells on the fly, with the counts of a drawn cell.
SELECT tx, ty, count(*), ST_AsMVT(f, {name}, 4096, 'geom')
FROM (
    SELECT tx, ty, avg(ST_X(q.geom)) AS x, avg(ST_Y(q.geom)) AS y, count(*)::int AS n,
           (count(*) FILTER (WHERE q.severity = 4))::int AS red,
           (count(*) FILTER (WHERE q.severity = 3))::int AS orange,
           (count(*) FILTER (WHERE q.severity = 2))::int AS yellow,
           (count(*) FILTER (WHERE q.severity = 1))::int AS blue,
           (count(*) FILTER (WHERE q.severity = 0))::int AS unknown,
           (count(*) FILTER (WHERE q.severity = 0 AND q.at_least >= 3))::int AS unknown_severe,
           (count(*) FILTER (WHERE q.severity = -1))::int AS na,
           CASE WHEN count(*) = 1 THEN min(q.id) END AS id
    FROM ({rows}) q
    CROSS JOIN LATERAL (SELECT {tx} AS tx, {ty} AS ty) t
    WHERE {within}
    GROUP BY tx, ty, floor((ST_X(q.geom) - %(west)s) / %(cell_m)s), floor((%(north)s - ST_Y(q.geom)) / %(cell_m)s)
) c
CROSS JOIN LATERAL (
    SELECT c.n, {grades}, c.id, {point} AS geom
) f
GROUP BY tx, ty
