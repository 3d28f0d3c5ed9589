-- Steps of data/demo/feed.py. `:source` is the demo's, `:moment` the instant the demo city was made for, `:hour` the
-- hour that has come. A device was reporting at the moment when it was heard then; those last heard before it are
-- silent for ever, and rows of another source are never named.

-- name: demo_moment
-- 08:00 in Shanghai on the demo's date (data.demo.devices.moment); no row where the city is not a demo.
SELECT (as_of + time '08:00') AT TIME ZONE 'Asia/Shanghai' AS moment FROM city WHERE is_demo AND as_of IS NOT NULL;

-- name: hold_tables
-- In the order in which a demo city that is replaced takes them, so that the two wait for each other.
LOCK TABLE sensor, reading IN ROW EXCLUSIVE MODE;

-- name: append
-- One reading per device and passed hour, at most `:days` days of them. Its value is that of the same hour of the week
-- in the last seven days the device reported. No alarm is raised from readings, so a copied value must not stand where
-- a real one would have raised one: a gas value of a leak (from `:low_lel`) becomes a twentieth of it, as at meals.
INSERT INTO reading (sensor_id, at, value)
SELECT s.id, h.at, CASE WHEN s.kind = 'gas' AND o.value >= :low_lel
                        THEN round(CAST(o.value / 20 AS numeric), 1) ELSE o.value END
FROM sensor s
CROSS JOIN LATERAL generate_series(
    GREATEST(date_trunc('hour', s.last_seen_at),
             CAST(:hour AS timestamptz) - make_interval(days => :days)) + interval '1 hour',
    CAST(:hour AS timestamptz), interval '1 hour') AS h(at)
JOIN reading o ON o.sensor_id = s.id
    AND o.at = h.at - interval '168 hours' * ceil(extract(epoch FROM h.at - s.last_seen_at) / 604800)
WHERE s.source = :source AND s.last_seen_at >= :moment AND s.last_seen_at < :hour
ON CONFLICT (sensor_id, at) DO NOTHING;

-- name: move_on
-- Last heard and last value are those of the newest reading.
UPDATE sensor s SET last_seen_at = r.at, last_value = r.value
FROM sensor d
CROSS JOIN LATERAL (
    SELECT at, value FROM reading WHERE sensor_id = d.id AND at > d.last_seen_at AND at <= :hour
    ORDER BY at DESC LIMIT 1) r
WHERE s.id = d.id AND d.source = :source AND d.last_seen_at >= :moment AND d.last_seen_at < :hour;

-- name: drop_old
DELETE FROM reading r USING sensor s
WHERE s.id = r.sensor_id AND s.source = :source AND r.at < CAST(:hour AS timestamptz) - make_interval(days => :days);
