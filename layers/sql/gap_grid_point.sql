-- The same grids as points, for zooms where an area is too small to see.
SELECT g.region_id AS id, r.label_3857 AS geom
FROM ({gap}) g
JOIN region r ON r.id = g.region_id
WHERE r.label_3857 && {tile} AND {scope}
