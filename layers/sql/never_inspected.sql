-- Open places that no supervisor has ever visited. Self-checks and suppliers' visits are no supervision.
SELECT p.id, p.geom_3857 AS geom
FROM place p
JOIN region r ON r.id = p.region_id
WHERE p.state = 'open' AND p.geom && {degrees} AND {scope}
  AND NOT EXISTS (
      SELECT FROM inspection i
      WHERE i.place_id = p.id AND i.inspected_on <= %(today)s AND i.type NOT IN ('self_check', 'supplier_visit'))
