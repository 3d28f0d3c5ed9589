-- Fire stations.
SELECT s.id, s.station_class AS class, s.engines, s.name, s.geom_3857 AS geom
FROM station s
JOIN region r ON r.id = s.region_id
WHERE s.geom_3857 && {tile} AND {scope}
