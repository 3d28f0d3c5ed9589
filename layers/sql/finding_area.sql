-- Regions that a check of the data doctor found: the part that is wrong where there is one, else the whole.
SELECT f.region_id AS id, COALESCE(f.shape_3857, r.geom_3857) AS geom
FROM doctor_finding f
JOIN region r ON r.id = f.region_id
WHERE f.check_id = %(check)s AND f.place_id IS NULL AND COALESCE(f.shape_3857, r.geom_3857) && {tile} AND {scope}
