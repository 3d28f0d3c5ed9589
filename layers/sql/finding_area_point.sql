-- The same regions as points, for zooms where a strip or a sliver is too small to see.
SELECT f.region_id AS id, f.geom_3857 AS geom
FROM doctor_finding f
JOIN region r ON r.id = f.region_id
WHERE f.check_id = %(check)s AND f.place_id IS NULL AND f.geom_3857 && {tile} AND {scope}
