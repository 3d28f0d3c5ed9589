-- All roads, merged where class and name are the same.
SELECT NULL::bigint AS id, w.road_class AS class, w.name, ST_LineMerge(ST_Collect(w.geom_3857)) AS geom
FROM road w
WHERE w.geom_3857 && {tile} AND {scope}
GROUP BY w.road_class, w.name
