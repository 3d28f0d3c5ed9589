-- The same at near zooms, found by the index of places in degrees.
SELECT g.place_id AS id, g.geom_3857 AS geom
FROM place near_place
JOIN ({gap}) g ON g.place_id = near_place.id
JOIN region r ON r.id = g.region_id
WHERE near_place.geom && {degrees} AND g.geom_3857 && {tile} AND {scope}
