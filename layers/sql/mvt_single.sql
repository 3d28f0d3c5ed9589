-- Coordinates are put into the tile's 4096 units here, which is quicker than ST_AsMVTGeom and never drops a point.
-- One feature per point of `rows`; a point on an edge belongs to the tile south-east of it, so to exactly one.
-- At most one more than the limit is read: then the caller draws cells instead, and nothing is cut.
SELECT count(*), ST_AsMVT(f, {name}, 4096, 'geom', 'id')
FROM (
    SELECT q.id{columns}, ST_MakePoint(round((ST_X(q.geom) - %(west)s) * %(units)s), round((%(north)s - ST_Y(q.geom)) * %(units)s)) AS geom
    FROM ({rows}) q
    WHERE ST_X(q.geom) >= %(west)s AND ST_X(q.geom) < %(east)s
      AND ST_Y(q.geom) > %(south)s AND ST_Y(q.geom) <= %(north)s
    LIMIT %(limit)s + 1
) f
