-- Places whose last supervising visit is longer ago than a published minimum allows (thresholds.yaml).
SELECT p.id, (%(today)s - v.last_on - n.every)::int AS days_over, p.geom_3857 AS geom
FROM place p
JOIN region r ON r.id = p.region_id
JOIN LATERAL (
    SELECT min(t.value)::int AS every
    FROM jsonb_to_recordset(%(intervals)s::jsonb) AS t(kinds text[], scales text[], severity int, value float8)
    WHERE (cardinality(t.kinds) = 0 OR p.kinds && t.kinds)
      AND (cardinality(t.scales) = 0 OR p.scale = ANY (t.scales))
      AND (t.severity IS NULL OR t.severity = (
          SELECT d.severity FROM drawn_place d WHERE d.layer = 'enterprise' AND d.place_id = p.id))
) n ON n.every IS NOT NULL
JOIN LATERAL (
    SELECT max(i.inspected_on) AS last_on
    FROM inspection i
    WHERE i.place_id = p.id AND i.inspected_on <= %(today)s AND i.type NOT IN ('self_check', 'supplier_visit')
) v ON v.last_on + n.every < %(today)s
WHERE p.state = 'open' AND p.geom && {degrees} AND {scope}
  AND (p.kinds && %(interval_kinds)s::text[] OR p.scale = ANY (%(interval_scales)s::text[]))
