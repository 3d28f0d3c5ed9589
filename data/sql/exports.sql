-- What data/exports reads, a piece per target. Columns are called as the fields of the kinds (facts.* comes as `facts`),
-- `wkb` is the geometry in WGS-84. :node is the region asked for (null: all), :kinds the place kinds (null: all).

-- name: place
SELECT p.source AS yzt_source, p.source_key AS yzt_key, p.name, p.uscc, p.licence_no, p.address, p.industry, p.chains,
       p.scale, p.category, p.employees, p.floor_area_m2, p.capacity, p.contact_name, p.contact_phone, p.state, p.kinds,
       p.facts, r.code AS yzt_region, p.named_region AS yzt_named, {regions},
       ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat, CASE WHEN p.geom IS NOT NULL THEN 'wgs84' END AS datum,
       p.orig_x AS yzt_x, p.orig_y AS yzt_y, p.orig_crs AS yzt_crs, p.datum AS yzt_datum, p.datum_evidence AS yzt_evidence,
       g.supply, g.supplier, g.has_room, g.room_underground, g.in_basement, g.floor_no, g.cylinder_in_dining, g.hose_m,
       g.hose_material, g.hose_installed_on, g.hose_joint, g.hose_through_wall, g.regulator_installed_on,
       g.regulator_adjustable, g.flame_failure_device, g.alarm_installed, g.alarm_working, g.cutoff_installed,
       g.cutoff_working, g.checked_on, g.last_visit_on, g.cylinder_total_kg, (p.facts -> 'cylinder_count') AS cylinder_count,
       ST_AsBinary(p.geom) AS wkb
FROM place p JOIN region r ON r.id = p.region_id LEFT JOIN gas_installation g ON g.place_id = p.id
WHERE p.kinds && CAST(:kinds AS text[]) AND {below} AND ({scope r.path})
ORDER BY p.source, p.id;

-- name: gas
-- A row per cylinder; an installation without any stands once. A key that begins with the place's id goes without it.
SELECT coalesce(c.source, g.source) AS yzt_source, p.source_key AS place_key, p.source AS yzt_place_source, p.uscc, p.name AS place_name,
       p.address AS place_address, g.supply, g.supplier, g.has_room, g.room_underground, g.in_basement, g.floor_no,
       g.cylinder_in_dining, g.hose_m, g.hose_material, g.hose_installed_on, g.hose_joint, g.hose_through_wall,
       g.regulator_installed_on, g.regulator_adjustable, g.flame_failure_device, g.alarm_installed, g.alarm_working,
       g.cutoff_installed, g.cutoff_working, g.checked_on, g.last_visit_on, g.cylinder_total_kg,
       c.mass_kg || 'kg×1' AS cylinder_size, regexp_replace(c.source_key, '^[0-9]+[|]', '|') AS yzt_cylinder,
       c.number AS cylinder_number, c.expires_on AS cylinder_expires_on, c.two_phase AS cylinder_two_phase,
       c.spot AS cylinder_spot
FROM gas_installation g JOIN place p ON p.id = g.place_id JOIN region r ON r.id = p.region_id
LEFT JOIN cylinder c ON c.installation_id = g.id
WHERE {below} AND ({scope r.path})
ORDER BY 1, g.id, c.id;

-- name: holding
SELECT h.source AS yzt_source, h.source_key AS yzt_key, {place}, u.name AS unit_name, u.kind AS unit_kind,
       u.exposed_people, h.substance, h.cas, h.hazard_class, h.design_max_t, h.filed_t, h.bought_t, h.used_t, h.stock_t
FROM holding h JOIN place p ON p.id = h.place_id JOIN region r ON r.id = p.region_id LEFT JOIN unit u ON u.id = h.unit_id
WHERE {below} AND ({scope r.path})
ORDER BY h.source, h.id;

-- name: sensor
SELECT s.source AS yzt_source, s.source_key AS yzt_key, {place}, s.code, s.kind, s.unit, s.installed_on, s.last_seen_at,
       s.last_value, s.fault
FROM sensor s JOIN place p ON p.id = s.place_id JOIN region r ON r.id = p.region_id
WHERE {below} AND ({scope r.path})
ORDER BY s.source, s.id;

-- name: inspection
SELECT i.source AS yzt_source, i.source_key AS yzt_key, {place}, i.inspected_on, i.type, i.result, i.organisation,
       coalesce(i.checklist ->> 'inspector', o.name) AS officer, o.source_key AS yzt_officer,
       i.checklist ->> 'note' AS note,
       nullif(coalesce(i.checklist, '{}'::jsonb) - 'inspector' - 'note'
              || CASE WHEN o.id IS NOT NULL AND i.checklist ->> 'inspector' IS NULL THEN '{"inspector": null}'::jsonb
                      ELSE '{}'::jsonb END, '{}'::jsonb)::text AS yzt_checklist
FROM inspection i JOIN place p ON p.id = i.place_id JOIN region r ON r.id = p.region_id
LEFT JOIN officer o ON o.id = i.officer_id
WHERE {below} AND ({scope r.path})
ORDER BY i.source, i.id;

-- name: hazard
SELECT h.source AS yzt_source, h.source_key AS yzt_key, {place}, h.description, h.level, h.state, h.category, h.clause,
       h.owner, h.found_on, h.deadline, h.rectified_on, h.reinspected_on
FROM hazard h JOIN place p ON p.id = h.place_id JOIN region r ON r.id = p.region_id
WHERE {below} AND ({scope r.path})
ORDER BY h.source, h.id;

-- name: officer
-- A row per duty; a person without any stands once.
SELECT coalesce(d.source, o.source) AS yzt_source, coalesce(d.source_key, o.source_key) AS yzt_key, o.source_key AS key,
       o.name, o.phone, o.organisation, o.title, d.role, d.since, d.until, z.name AS zone, {regions},
       p.source_key AS place_key, p.source AS yzt_place_source, p.uscc, p.name AS place_name, p.address AS place_address
FROM officer o LEFT JOIN duty d ON d.officer_id = o.id LEFT JOIN zone z ON z.id = d.zone_id
LEFT JOIN place p ON p.id = d.place_id LEFT JOIN region own ON own.id = d.region_id
LEFT JOIN region r ON r.id = coalesce(d.region_id, p.region_id)
WHERE {below} AND ({scope r.path})
ORDER BY 1, o.id, d.id;

-- name: station
SELECT s.source AS yzt_source, s.source_key AS yzt_key, s.name, s.station_class, s.engines, s.crew, s.address,
       r.code AS yzt_region, {regions},
       ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat, CASE WHEN s.geom IS NOT NULL THEN 'wgs84' END AS datum,
       s.orig_x AS yzt_x, s.orig_y AS yzt_y, s.orig_crs AS yzt_crs, s.datum AS yzt_datum, s.datum_evidence AS yzt_evidence,
       ST_AsBinary(s.geom) AS wkb
FROM station s JOIN region r ON r.id = s.region_id
WHERE {below} AND ({scope r.path})
ORDER BY s.source, s.id;

-- name: incident
SELECT i.source AS yzt_source, i.source_key AS yzt_key, i.happened_at, i.kind, i.description, i.deaths, i.injured, {place},
       r.code AS yzt_region, {regions},
       ST_X(i.geom) AS lon, ST_Y(i.geom) AS lat, CASE WHEN i.geom IS NOT NULL THEN 'wgs84' END AS datum,
       i.orig_x AS yzt_x, i.orig_y AS yzt_y, i.orig_crs AS yzt_crs, i.datum AS yzt_datum, i.datum_evidence AS yzt_evidence,
       ST_AsBinary(i.geom) AS wkb
FROM incident i JOIN region r ON r.id = i.region_id LEFT JOIN place p ON p.id = i.place_id
WHERE {below} AND ({scope r.path})
ORDER BY i.source, i.id;

-- name: region
SELECT r.source AS yzt_source, r.code, r.name, r.level::text AS level, q.code AS parent_code, q.name AS parent_name,
       r.character, r.population_day, r.population_night, ST_AsBinary(r.geom) AS wkb
FROM region r LEFT JOIN region q ON q.id = r.parent_id
WHERE NOT r.is_rest AND {below} AND ({scope r.path})
ORDER BY r.level, r.code;

-- name: population
SELECT c.source AS yzt_source, c.source_key AS yzt_key, c.day, c.night, r.code AS yzt_region, {regions},
       ST_AsBinary(c.geom) AS wkb
FROM population_cell c JOIN region r ON r.id = c.region_id
WHERE {below} AND ({scope r.path})
ORDER BY c.source, c.id;

-- name: zone
SELECT z.source AS yzt_source, z.source_key AS yzt_key, z.code, z.name, z.kind, ST_AsBinary(z.geom) AS wkb
FROM zone z
WHERE (CAST(:node AS int) IS NULL OR ST_Intersects(z.geom, (SELECT geom FROM region WHERE id = :node)))
ORDER BY z.source, z.id;

-- name: road
SELECT w.source AS yzt_source, w.source_key AS yzt_key, w.name, w.road_class, w.oneway, w.speed_kmh, w.length_m, w.u, w.v,
       ST_AsBinary(w.geom) AS wkb
FROM road w
WHERE (CAST(:node AS int) IS NULL OR ST_Intersects(w.geom, (SELECT geom FROM region WHERE id = :node)))
ORDER BY w.source, w.id;
