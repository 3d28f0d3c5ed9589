-- Areas or lines of `rows`, clipped a little outside the tile so that no edge of the tile is drawn.
SELECT %(x)s, %(y)s, count(*), ST_AsMVT(f, {name}, 4096, 'geom', 'id')
FROM (
    SELECT q.id{columns}, ST_AsMVTGeom(q.geom, {tile}, 4096, 64, true) AS geom
    FROM ({rows}) q
) f
WHERE f.geom IS NOT NULL
