-- name: inputs
-- One row per gas-using shop; null means that nobody has told. Columns as in risk/rules/gas_shop/rule.py.
WITH cylinders AS (
    SELECT installation_id, count(*) AS cylinders, sum(mass_kg) AS kg, max(mass_kg) AS largest_kg,
           min(mass_kg) AS smallest_kg, max(mass_kg) FILTER (WHERE spot = 'dining') AS dining_kg,
           bool_and(spot IS NOT NULL) AS spots_known,
           CASE WHEN bool_or(expires_on < :as_of) THEN true WHEN bool_and(expires_on IS NOT NULL) THEN false END
               AS expired,
           CASE WHEN bool_or(two_phase) THEN true WHEN bool_and(two_phase IS NOT NULL) THEN false END AS two_phase,
           (array_agg(id ORDER BY (expires_on < :as_of) DESC NULLS LAST, mass_kg DESC))[1] AS cylinder_id
    FROM cylinder GROUP BY installation_id
)
SELECT p.id AS place_id, p.state, g.id AS installation_id, g.supply, g.has_room, g.room_underground, g.in_basement,
       CASE p.facts ->> 'room_detached' WHEN 'true' THEN true WHEN 'false' THEN false END AS room_detached, g.floor_no, g.cylinder_in_dining,
       g.hose_m, g.hose_material, g.hose_installed_on, g.hose_joint, g.hose_through_wall,
       g.regulator_installed_on, g.regulator_adjustable, g.flame_failure_device,
       g.alarm_installed, g.alarm_working, g.cutoff_installed, g.cutoff_working,
       COALESCE(g.checked_on, g.last_visit_on) AS checked_on,
       GREATEST(CASE WHEN g.last_visit_on <= :as_of THEN g.last_visit_on END, v.supplier_visit_on) AS supplier_visit_on,
       GREATEST(g.cylinder_total_kg, c.kg) AS total_kg,
       c.cylinders, c.largest_kg, c.smallest_kg, c.dining_kg, c.spots_known, c.expired, c.two_phase, c.cylinder_id,
       s.devices AS gas_devices, s.fault AS gas_fault, s.never_seen AS gas_never_seen, s.seen_later AS gas_seen_later,
       s.silent_h AS gas_silent_h, s.seen_on AS gas_seen_on, s.sensor_id AS gas_sensor_id,
       COALESCE(h.open_general, 0) AS open_general, COALESCE(h.overdue_general, 0) AS overdue_general,
       COALESCE(h.open_major, 0) AS open_major, COALESCE(h.overdue_major, 0) AS overdue_major,
       COALESCE(h.undated_major, 0) AS undated_major, h.general_id, h.general_on, h.major_id, h.major_on,
       GREATEST(v.visit_on, v.supplier_visit_on) AS seen_on,
       COALESCE(a.open_high, 0) AS open_high, COALESCE(a.open_low, 0) AS open_low,
       COALESCE(a.alarms_90d, 0) AS alarms_90d, a.alarm_id, a.alarm_on,
       COALESCE(i.incidents_3y, 0) AS incidents_3y, i.incident_id, i.incident_on
FROM place p
LEFT JOIN gas_installation g ON g.place_id = p.id
LEFT JOIN cylinders c ON c.installation_id = g.id
LEFT JOIN risk_sensor s ON s.place_id = p.id AND s.kind = 'gas'
LEFT JOIN risk_hazard h ON h.place_id = p.id
LEFT JOIN risk_visit v ON v.place_id = p.id
LEFT JOIN risk_alarm a ON a.place_id = p.id
LEFT JOIN risk_incident i ON i.place_id = p.id
WHERE p.kinds @> ARRAY['gas_shop']
ORDER BY p.id;
