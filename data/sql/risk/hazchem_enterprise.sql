-- name: inputs
-- One row per hazardous-chemical enterprise. Facts are read by their text: a misspelt one is unknown, never an error.
SELECT p.id AS place_id, p.state,
       CASE WHEN p.facts ->> 'hazchem_score' ~ '^[0-9]{1,6}([.][0-9]+)?$'
            THEN CAST(p.facts ->> 'hazchem_score' AS float) END AS hazchem_score,
       p.facts ->> 'hazchem_scored_on' AS hazchem_scored_on,
       CASE WHEN p.facts ->> 'standardisation' ~ '^[0-3]$' THEN CAST(p.facts ->> 'standardisation' AS integer) END
           AS standardisation,
       CASE p.facts ->> 'own_fire_brigade' WHEN 'true' THEN true WHEN 'false' THEN false END AS own_fire_brigade,
       CASE p.facts ->> 'accident_free_5y' WHEN 'true' THEN true WHEN 'false' THEN false END AS accident_free_5y,
       CASE WHEN p.facts ->> 'deaths_3y' ~ '^[0-9]{1,6}$' THEN CAST(p.facts ->> 'deaths_3y' AS integer) END AS deaths_3y,
       CASE WHEN p.facts ->> 'larger_accidents_3y' ~ '^[0-9]{1,6}$'
            THEN CAST(p.facts ->> 'larger_accidents_3y' AS integer) END AS larger_accidents_3y,
       CASE p.facts ->> 'special_staff_certified' WHEN 'true' THEN true WHEN 'false' THEN false END
           AS special_staff_certified,
       CASE p.facts ->> 'designed_or_diagnosed' WHEN 'true' THEN true WHEN 'false' THEN false END
           AS designed_or_diagnosed,
       CASE p.facts ->> 'new_process_scaled_stepwise' WHEN 'true' THEN true WHEN 'false' THEN false END
           AS new_process_scaled_stepwise,
       COALESCE(i.deaths_3y, 0) AS recorded_deaths, COALESCE(i.larger_3y, 0) AS recorded_larger,
       COALESCE(i.major_3y, 0) AS recorded_major, COALESCE(i.fatal_1y, 0) AS recorded_fatal_1y,
       i.incident_id, i.incident_on,
       COALESCE(h.open_major, 0) AS open_major, COALESCE(h.overdue_major, 0) AS overdue_major,
       COALESCE(h.undated_major, 0) AS undated_major, h.major_id, h.major_on
FROM place p
LEFT JOIN risk_hazard h ON h.place_id = p.id
LEFT JOIN risk_incident i ON i.place_id = p.id
WHERE p.kinds @> ARRAY['hazchem']
ORDER BY p.id;
