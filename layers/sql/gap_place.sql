-- Places in a gap; what the gap is stands in data/sql/gaps.sql, once for the map and the page.
SELECT g.place_id AS id, g.geom_3857 AS geom
FROM ({gap}) g
JOIN region r ON r.id = g.region_id
WHERE g.geom_3857 && {tile} AND {scope}
