-- Gas-using shops without a gas sensor that works: none listed, at fault, or silent for too long.
SELECT p.id, (SELECT count(*)::int FROM sensor l WHERE l.place_id = p.id AND l.kind = 'gas') AS listed,
       p.geom_3857 AS geom
FROM place p
JOIN region r ON r.id = p.region_id
WHERE p.state = 'open' AND p.kinds && ARRAY['gas_shop'] AND p.geom && {degrees} AND {scope}
  AND NOT EXISTS (
      SELECT FROM sensor s
      WHERE s.place_id = p.id AND s.kind = 'gas' AND NOT s.fault AND s.last_seen_at >= %(heard_since)s)
