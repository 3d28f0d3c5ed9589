-- Straight-line reach of the fire stations, least and greatest, each as one area: an estimate, labelled so.
SELECT NULL::bigint AS id, c.reach, ST_Union(c.geom) AS geom
FROM (
    SELECT k.reach, k.geom
    FROM ({gap}) g
    JOIN station s ON s.id = g.station_id
    JOIN region r ON r.id = s.region_id
    CROSS JOIN LATERAL (VALUES ('near', g.near_3857), ('far', g.far_3857)) AS k(reach, geom)
    WHERE {scope}
) c
WHERE c.geom && {tile}
GROUP BY c.reach
