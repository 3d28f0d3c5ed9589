-- name: inputs
-- One row per holding of each unit (a unit without holdings has one row without a substance), and of holdings with a
-- design maximum that no unit was named for. Masses in tonnes; where more is in stock than designed, the stock counts.
SELECT u.place_id, u.id AS unit_id, u.exposed_people, h.id AS holding_id, h.substance, h.cas, h.hazard_class,
       GREATEST(h.design_max_t, h.stock_t) AS mass_t, h.design_max_t IS NOT NULL AS mass_known
FROM unit u LEFT JOIN holding h ON h.unit_id = u.id
UNION ALL
SELECT h.place_id, NULL, NULL, h.id, h.substance, h.cas, h.hazard_class, GREATEST(h.design_max_t, h.stock_t), true
FROM holding h WHERE h.unit_id IS NULL AND h.design_max_t IS NOT NULL
ORDER BY 1, 2 NULLS FIRST, 4;
