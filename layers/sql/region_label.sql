-- Names of the regions of one level, at a point inside each.
SELECT r.id, r.name, r.label_3857 AS geom
FROM region r
WHERE r.level = %(level)s AND r.label_3857 && {tile} AND {scope}
