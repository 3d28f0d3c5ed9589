-- Roads at low zooms: the greater classes only, one line per class, so that a tile stays small.
SELECT NULL::bigint AS id, w.road_class AS class, ST_LineMerge(ST_Collect(w.geom_3857)) AS geom
FROM road w
WHERE w.geom_3857 && {tile} AND {scope}
  AND (w.road_class IN ('motorway', 'trunk', 'primary')
       OR (%(z)s >= 11 AND w.road_class = 'secondary')
       OR (%(z)s >= 12 AND w.road_class IN ('tertiary', 'motorway_link', 'trunk_link', 'primary_link')))
GROUP BY w.road_class
