-- Places that a check of the data doctor found when it last looked, each once.
SELECT DISTINCT ON (f.place_id) f.place_id AS id, f.geom_3857 AS geom
FROM doctor_finding f
JOIN region r ON r.id = f.region_id
WHERE f.check_id = %(check)s AND f.place_id IS NOT NULL AND f.geom_3857 && {tile} AND {scope}
