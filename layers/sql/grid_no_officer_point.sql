-- The same grids as points, for zooms where an area is too small to see.
SELECT r.id, r.label_3857 AS geom
FROM region r
WHERE r.level = 5 AND NOT r.is_rest AND r.label_3857 && {tile} AND {scope}
  AND NOT EXISTS (
      SELECT FROM duty d
      WHERE d.region_id = r.id AND d.role = 'grid_officer'
        AND (d.since IS NULL OR d.since <= %(today)s) AND (d.until IS NULL OR d.until >= %(today)s))
