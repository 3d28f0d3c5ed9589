-- Points of `rows` summed to square cells; a cell of one point keeps its id, so that a click still opens it.
SELECT %(x)s, %(y)s, count(*), ST_AsMVT(f, {name}, 4096, 'geom')
FROM (
    SELECT count(*)::int AS n{sums}, CASE WHEN count(*) = 1 THEN min(q.id) END AS id,
           ST_MakePoint(round((avg(ST_X(q.geom)) - %(west)s) * %(units)s),
                        round((%(north)s - avg(ST_Y(q.geom))) * %(units)s)) AS geom
    FROM ({rows}) q
    WHERE {within}
    GROUP BY floor((ST_X(q.geom) - %(west)s) / %(cell_m)s), floor((%(north)s - ST_Y(q.geom)) / %(cell_m)s)
) f
