-- Coordinates are put into the tile's 4096 units here, which is quicker than ST_AsMVTGeom and never drops a point.
-- One feature per point of `rows`; a point on an edge belongs to the tile south-east of it, so to exactly one.
-- At most one more than the limit is read: then the caller draws cells instead, and nothing is cut.
SELECT tx, ty, count(*), ST_AsMVT(f, {name}, 4096, 'geom', 'id')
FROM (
    SELECT q.*, ST_X(q.geom) AS x, ST_Y(q.geom) AS y, {tx} AS tx, {ty} AS ty
    FROM ({rows}) q
    WHERE {within}
    LIMIT %(limit)s + 1
) c
CROSS JOIN LATERAL (
    SELECT c.id{columns}, {point} AS geom
) f
GROUP BY tx, ty
