-- One mark per counted layer and per base table. `changed_at` is in it because another database counts from 1 too.
SELECT layer, version || '@' || changed_at FROM layer_version
UNION ALL SELECT 'region', count(*) || '@' || COALESCE(max(updated_at)::text, '') FROM region
UNION ALL SELECT 'road', count(*) || '@' || COALESCE(max(updated_at)::text, '') FROM road
UNION ALL SELECT 'zone', count(*) || '@' || COALESCE(max(updated_at)::text, '') FROM zone
UNION ALL SELECT 'station', count(*) || '@' || COALESCE(max(updated_at)::text, '') FROM station
-- open alarms are few, and theirs must rise with each of them
UNION ALL SELECT 'alarm_open', count(*) || '@' || COALESCE(sum(hashtext(id || state || level)), 0)
          FROM alarm WHERE state <> 'closed'
