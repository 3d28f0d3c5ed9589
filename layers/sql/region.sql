-- Regions of one level, as areas.
SELECT r.id, r.geom_3857 AS geom
FROM region r
WHERE r.level = %(level)s AND r.geom_3857 && {tile} AND {scope}
