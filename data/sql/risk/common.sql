-- What several schemes ask of the records of a place, as of a day (:as_of) and an instant (:at).
-- Temp tables with one row per place; they live until the end of the transaction.

-- name: hazards
-- Open as of the day: found, and not closed by a re-inspection. A claimed rectification leaves it open.
CREATE TEMP TABLE risk_hazard ON COMMIT DROP AS
SELECT place_id,
       count(*) FILTER (WHERE level = 'general') AS open_general,
       count(*) FILTER (WHERE level = 'general' AND (deadline < :as_of OR state = 'refused')) AS overdue_general,
       count(*) FILTER (WHERE level = 'major') AS open_major,
       count(*) FILTER (WHERE level = 'major' AND (deadline < :as_of OR state = 'refused')) AS overdue_major,
       count(*) FILTER (WHERE level = 'major' AND deadline IS NULL) AS undated_major,
       (array_agg(id ORDER BY deadline NULLS LAST, id) FILTER (WHERE level = 'general'))[1] AS general_id,
       (array_agg(id ORDER BY deadline NULLS LAST, id) FILTER (WHERE level = 'major'))[1] AS major_id,
       (array_agg(found_on ORDER BY deadline NULLS LAST, id) FILTER (WHERE level = 'general'))[1] AS general_on,
       (array_agg(found_on ORDER BY deadline NULLS LAST, id) FILTER (WHERE level = 'major'))[1] AS major_on
FROM hazard
WHERE found_on <= :as_of AND NOT (state = 'closed' AND reinspected_on <= :as_of)
GROUP BY place_id;

-- name: visits
-- The last visit by officials that saw the premises, the supplier's last visit, and refusals since the former.
CREATE TEMP TABLE risk_visit ON COMMIT DROP AS
WITH seen AS (
    SELECT DISTINCT ON (place_id) place_id, id AS visit_id, inspected_on AS visit_on, result AS visit_result
    FROM inspection
    WHERE type NOT IN ('supplier_visit', 'self_check') AND result IN ('passed', 'hazards') AND inspected_on <= :as_of
    ORDER BY place_id, inspected_on DESC, id DESC
), supplier AS (
    SELECT DISTINCT ON (place_id) place_id, id AS supplier_visit_id, inspected_on AS supplier_visit_on
    FROM inspection
    WHERE type = 'supplier_visit' AND result IN ('passed', 'hazards') AND inspected_on <= :as_of
    ORDER BY place_id, inspected_on DESC, id DESC
), refused AS (
    SELECT i.place_id, count(*) AS refusals
    FROM inspection i LEFT JOIN seen s USING (place_id)
    WHERE i.result = 'refused' AND i.inspected_on <= :as_of AND i.inspected_on >= COALESCE(s.visit_on, '-infinity')
    GROUP BY 1
)
SELECT * FROM seen FULL JOIN supplier USING (place_id) FULL JOIN refused USING (place_id);

-- name: incidents
-- 较大 is 3 deaths or more, or 10 injured or more; 重大 is 10 deaths or more (493号令 第3条).
CREATE TEMP TABLE risk_incident ON COMMIT DROP AS
SELECT place_id, count(*) AS incidents_3y, COALESCE(sum(deaths), 0) AS deaths_3y,
       count(*) FILTER (WHERE deaths > 0 AND happened_at > CAST(:at AS timestamptz) - interval '1 year') AS fatal_1y,
       count(*) FILTER (WHERE (deaths >= 3 OR injured >= 10) AND COALESCE(deaths, 0) < 10) AS larger_3y,
       count(*) FILTER (WHERE deaths >= 10) AS major_3y,
       (array_agg(id ORDER BY deaths DESC NULLS LAST, happened_at DESC))[1] AS incident_id,
       CAST(max(happened_at) AT TIME ZONE 'Asia/Shanghai' AS date) AS incident_on
FROM incident
WHERE place_id IS NOT NULL AND happened_at <= :at AND happened_at > CAST(:at AS timestamptz) - interval '3 years'
GROUP BY place_id;

-- name: alarms
CREATE TEMP TABLE risk_alarm ON COMMIT DROP AS
SELECT place_id,
       count(*) FILTER (WHERE is_open AND level = 2) AS open_high,
       count(*) FILTER (WHERE is_open AND level = 1) AS open_low,
       count(*) FILTER (WHERE raised_at > CAST(:at AS timestamptz) - interval '90 days') AS alarms_90d,
       (array_agg(id ORDER BY is_open DESC, level DESC, raised_at DESC))[1] AS alarm_id,
       CAST(max(raised_at) AT TIME ZONE 'Asia/Shanghai' AS date) AS alarm_on
FROM (SELECT *, closed_at IS NULL OR closed_at > :at AS is_open FROM alarm WHERE raised_at <= :at) a
WHERE is_open OR raised_at > CAST(:at AS timestamptz) - interval '90 days'
GROUP BY place_id;

-- name: sensors
-- The quietest device of each kind. Seen after the instant (a run for a past day): nothing can be said, so null.
CREATE TEMP TABLE risk_sensor ON COMMIT DROP AS
SELECT place_id, kind, count(*) AS devices, bool_or(fault) AS fault, bool_or(last_seen_at IS NULL) AS never_seen,
       bool_or(last_seen_at > CAST(:at AS timestamptz) + interval '1 hour') AS seen_later,
       GREATEST(0, extract(epoch FROM CAST(:at AS timestamptz) - min(last_seen_at)) / 3600) AS silent_h,
       CAST(min(last_seen_at) AT TIME ZONE 'Asia/Shanghai' AS date) AS seen_on,
       (array_agg(id ORDER BY fault DESC, last_seen_at NULLS FIRST))[1] AS sensor_id
FROM sensor
WHERE installed_on IS NULL OR installed_on <= :as_of
GROUP BY place_id, kind;

-- name: indexes
CREATE UNIQUE INDEX ON risk_hazard (place_id);
CREATE UNIQUE INDEX ON risk_visit (place_id);
CREATE UNIQUE INDEX ON risk_incident (place_id);
CREATE UNIQUE INDEX ON risk_alarm (place_id);
CREATE UNIQUE INDEX ON risk_sensor (place_id, kind);
ANALYZE risk_hazard, risk_visit, risk_incident, risk_alarm, risk_sensor;
