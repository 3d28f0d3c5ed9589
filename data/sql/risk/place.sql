-- name: inputs
-- One row per enterprise or venue that the LS scheme judges; hazardous-chemical enterprises that are no venue have
-- their own scheme. Facts are read by their text, so that a misspelt one is unknown and never an error.
SELECT p.id AS place_id, p.state, array_to_string(p.kinds, ' ') AS kinds, p.scale, p.industry,
       GREATEST(p.employees, p.capacity,
           CASE WHEN p.facts ->> 'people_peak' ~ '^[0-9]{1,7}$' THEN CAST(p.facts ->> 'people_peak' AS integer) END)
           AS people,
       CASE WHEN p.facts ->> 'ls_severity' ~ '^[0-9]{1,4}([.][0-9]+)?$' THEN CAST(p.facts ->> 'ls_severity' AS float) END
           AS ls_severity,
       CASE WHEN p.facts ->> 'ls_likelihood' ~ '^[0-9]{1,4}([.][0-9]+)?$' THEN CAST(p.facts ->> 'ls_likelihood' AS float) END
           AS ls_likelihood,
       p.facts ->> 'ls_assessed_on' AS ls_assessed_on,
       CASE p.facts ->> 'dust_explosion' WHEN 'true' THEN true WHEN 'false' THEN false END AS dust_explosion,
       CASE p.facts ->> 'hot_work' WHEN 'true' THEN true WHEN 'false' THEN false END AS hot_work,
       CASE p.facts ->> 'confined_space' WHEN 'true' THEN true WHEN 'false' THEN false END AS confined_space,
       CASE WHEN p.facts ->> 'exits' ~ '^[0-9]{1,4}$' THEN CAST(p.facts ->> 'exits' AS integer) END AS exits,
       CASE p.facts ->> 'exit_blocked' WHEN 'true' THEN true WHEN 'false' THEN false END AS exit_blocked,
       CASE p.facts ->> 'sprinkler' WHEN 'true' THEN true WHEN 'false' THEN false END AS sprinkler,
       CASE p.facts ->> 'smoke_alarm' WHEN 'true' THEN true WHEN 'false' THEN false END AS smoke_alarm,
       CASE p.facts ->> 'sleeping_upstairs' WHEN 'true' THEN true WHEN 'false' THEN false END AS sleeping_upstairs,
       COALESCE(h.open_general, 0) AS open_general, COALESCE(h.overdue_general, 0) AS overdue_general,
       COALESCE(h.open_major, 0) AS open_major, COALESCE(h.overdue_major, 0) AS overdue_major,
       COALESCE(h.undated_major, 0) AS undated_major, h.general_id, h.general_on, h.major_id, h.major_on,
       v.visit_on, v.visit_id, COALESCE(v.refusals, 0) AS refusals,
       COALESCE(i.incidents_3y, 0) AS incidents_3y, COALESCE(i.larger_3y, 0) + COALESCE(i.major_3y, 0) AS larger_3y,
       i.incident_id, i.incident_on
FROM place p
LEFT JOIN risk_hazard h ON h.place_id = p.id
LEFT JOIN risk_visit v ON v.place_id = p.id
LEFT JOIN risk_incident i ON i.place_id = p.id
WHERE p.kinds && ARRAY['small_place', 'crowded_place', 'school', 'hospital']
   OR (p.kinds && ARRAY['enterprise', 'petrol_station', 'mine', 'explosive_precursor', 'highly_toxic', 'drug_precursor',
                        'fireworks', 'hazmat_parking'] AND NOT p.kinds @> ARRAY['hazchem'])
ORDER BY p.id;
