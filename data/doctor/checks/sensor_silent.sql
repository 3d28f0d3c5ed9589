/*
title: 传感器失联
group: device
record: sensor
says: 最后上报或编号
harm: 漏了气也不会报警，评定成未知
who: 供气企业；设备厂家
fix: 查供电与通信，修复或更换
effect: [gas_shop.alarm]
limits:
  silent_hours: {value: 24, unit: 小时, source: coverage.yaml silence.hours, certainty: house}
  silent_kinds: {value: [gas], source: coverage.yaml silence.kinds, certainty: house}
*/
SELECT s.id AS record_id, p.id AS place_id, p.region_id, s.source,
       s.last_seen_at IS NULL OR s.last_seen_at < CAST(:now AS timestamptz) - make_interval(hours => :silent_hours)
           AS wrong,
       COALESCE(CAST(date_trunc('minute', s.last_seen_at) AS text), s.code) AS value
FROM sensor s JOIN place p ON p.id = s.place_id
WHERE p.state <> 'closed' AND s.kind = ANY (CAST(:silent_kinds AS text[]))
