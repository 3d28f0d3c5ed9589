-- Reads of data/dossier.py. `place` is scoped; every other piece reads by the id that it gave.

-- name: place
SELECT p.id, p.name, p.kinds, p.state, p.uscc, p.licence_no, p.address, p.industry, p.chains, p.scale, p.category,
       p.employees, p.floor_area_m2, p.capacity, p.contact_name, p.contact_phone, p.facts, p.named_region, p.region_id,
       r.path, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, p.site IS NOT NULL AS has_site,
       p.orig_x, p.orig_y, p.orig_crs, p.datum, p.datum_evidence, p.source, p.source_key, p.created_at, p.updated_at,
       b.id AS batch, b.file_name, b.sha256, b.started_at AS batch_at, b.actor AS batch_actor
FROM place p JOIN region r ON r.id = p.region_id LEFT JOIN import_batch b ON b.id = p.batch_id
WHERE p.id = :place AND ({scope r.path});

-- name: crumbs
SELECT code, name, level, is_rest FROM region WHERE id = ANY (CAST(:path AS int[])) ORDER BY level;

-- name: layers
-- `scheme` is the one that colours the place in that layer, as in drawn.sql.
SELECT d.layer, d.severity, d.at_least,
       CASE WHEN d.layer = 'gas_shop' THEN 'gas_shop'
            WHEN d.layer = 'enterprise' AND 'hazchem' = ANY (p.kinds) THEN 'hazchem_enterprise'
            ELSE 'place' END AS scheme
FROM drawn_place d JOIN place p ON p.id = d.place_id
WHERE d.place_id = :place
ORDER BY d.at_least DESC, d.severity DESC, d.layer;

-- name: assessments
SELECT a.id, a.scheme, a.unit_id, u.name AS unit_name, a.rule_version, a.as_of, a.value_low, a.value_high, a.grade,
       a.severity, a.at_least, a.sentence, a.contributions, a.missing, a.data_from
FROM assessment a LEFT JOIN unit u ON u.id = a.unit_id
WHERE a.place_id = :place AND a.superseded_at IS NULL
ORDER BY a.unit_id IS NOT NULL, a.at_least DESC, a.severity DESC, a.scheme, u.name;

-- name: duties
-- Who answers today: for the place, for each region above it from the grid up, for the zones it lies in.
SELECT d.role, d.since, o.name AS officer_name, o.phone AS officer_phone, o.organisation, o.title,
       CASE WHEN d.place_id IS NOT NULL THEN 'place' WHEN d.zone_id IS NOT NULL THEN 'zone' ELSE 'region' END AS subject,
       COALESCE(r.name, z.name) AS subject_name, r.level, z.kind AS zone_kind
FROM duty d
JOIN officer o ON o.id = d.officer_id
LEFT JOIN region r ON r.id = d.region_id
LEFT JOIN zone z ON z.id = d.zone_id
WHERE (d.place_id = :place OR d.region_id = ANY (CAST(:path AS int[])) OR d.zone_id IN (
          SELECT zo.id FROM zone zo JOIN place p ON p.id = :place WHERE ST_Covers(zo.geom, p.geom)))
  AND (d.since IS NULL OR d.since <= :today) AND (d.until IS NULL OR d.until >= :today)
ORDER BY d.place_id IS NULL, r.level DESC NULLS LAST, d.role, o.name;

-- name: zones
SELECT z.name, z.kind FROM zone z JOIN place p ON p.id = :place WHERE ST_Covers(z.geom, p.geom) ORDER BY z.kind, z.name;

-- name: units
SELECT id, name, kind, exposed_people, boundary IS NOT NULL AS has_boundary FROM unit WHERE place_id = :place
ORDER BY name, id;

-- name: holdings
-- `mass_t` is what GB 18218 judges, as in data/sql/risk/major_hazard.sql.
SELECT unit_id, substance, cas, hazard_class, GREATEST(design_max_t, stock_t) AS mass_t, design_max_t, filed_t, bought_t, used_t, stock_t
FROM holding WHERE place_id = :place ORDER BY unit_id NULLS LAST, substance, id;

-- name: gas
SELECT id, supply, supplier, has_room, room_underground, in_basement, floor_no, cylinder_in_dining, hose_m,
       hose_material, hose_installed_on, hose_joint, hose_through_wall, regulator_installed_on, regulator_adjustable,
       flame_failure_device, alarm_installed, alarm_working, cutoff_installed, cutoff_working, checked_on,
       last_visit_on, cylinder_total_kg
FROM gas_installation WHERE place_id = :place;

-- name: cylinders
SELECT number, mass_kg, expires_on, two_phase, spot, expires_on < :today AS expired
FROM cylinder WHERE installation_id = :installation ORDER BY expires_on NULLS FIRST, number;

-- name: inspections
SELECT i.id, i.inspected_on, i.type, i.result, i.organisation, o.name AS officer_name,
       (SELECT count(*)::int FROM hazard h WHERE h.inspection_id = i.id) AS hazards,
       i.checklist
FROM inspection i LEFT JOIN officer o ON o.id = i.officer_id
WHERE i.place_id = :place ORDER BY i.inspected_on DESC, i.id DESC LIMIT :limit;

-- name: inspection_count
SELECT count(*)::int AS n FROM inspection WHERE place_id = :place;

-- name: hazards
-- Open ones first, the most overdue on top.
SELECT id, level, state, category, description, clause, owner, found_on, deadline, rectified_on, reinspected_on,
       CASE WHEN state <> 'closed' AND deadline < :today THEN CAST(:today AS date) - deadline END AS days_overdue
FROM hazard WHERE place_id = :place
ORDER BY state = 'closed', deadline NULLS LAST, found_on DESC, id LIMIT :limit;

-- name: hazard_count
SELECT count(*)::int AS n, (count(*) FILTER (WHERE state <> 'closed'))::int AS open,
       (count(*) FILTER (WHERE state <> 'closed' AND deadline < :today))::int AS overdue
FROM hazard WHERE place_id = :place;

-- name: acts
SELECT kind, on_date, document_no, amount_yuan FROM act WHERE place_id = :place ORDER BY on_date DESC, id DESC;

-- name: incidents
SELECT happened_at, kind, description, deaths, injured FROM incident WHERE place_id = :place
ORDER BY happened_at DESC, id DESC;

-- name: sensors
SELECT id, code, kind, unit, installed_on, last_seen_at, last_value, fault,
       last_seen_at IS NULL OR last_seen_at < :heard_since AS silent
FROM sensor WHERE place_id = :place ORDER BY kind, code, id;

-- name: readings
SELECT sensor_id, at, value FROM reading
WHERE sensor_id = ANY (CAST(:sensors AS bigint[])) AND at > :since AND at <= :now ORDER BY sensor_id, at;

-- name: alarms
SELECT a.level, a.kind, a.value, a.raised_at, a.state, a.acknowledged_at, a.acknowledged_by, a.closed_at, a.closed_by,
       s.code AS sensor_code, s.unit
FROM alarm a LEFT JOIN sensor s ON s.id = a.sensor_id
WHERE a.place_id = :place ORDER BY a.state = 'closed', a.raised_at DESC, a.id DESC LIMIT :limit;
