-- Grids in a gap, as areas.
SELECT g.region_id AS id, g.geom_3857 AS geom
FROM ({gap}) g
JOIN region r ON r.id = g.region_id
WHERE g.geom_3857 && {tile} AND {scope}
