-- Straight-line reach of the fire stations, as one area: an estimate, labelled so. Metres on the ellipsoid.
SELECT NULL::bigint AS id, %(cover_radius_m)s::float8 AS radius_m, ST_Union(c.circle) AS geom
FROM (
    SELECT ST_Transform(ST_Buffer(s.geom::geography, %(cover_radius_m)s)::geometry, 3857) AS circle
    FROM station s
    JOIN region r ON r.id = s.region_id
    WHERE {scope}
) c
WHERE c.circle && {tile}
HAVING count(*) > 0
