-- The city's words and the extent of what this viewer may see (null where no region has an outline).
SELECT c.name, c.is_demo, c.attribution,
       ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box)
FROM (SELECT ST_Extent(r.geom) AS box FROM region r WHERE r.geom IS NOT NULL AND {scope}) e
LEFT JOIN city c ON c.id = 1
