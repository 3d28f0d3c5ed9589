/*
title: 传感器的时间在将来
group: impossible
record: sensor
says: 时间
harm: 时钟错的设备永远不会“失联”
who: 设备厂家；供气企业
fix: 校准设备时钟，改正安装日期
effect: [gas_shop.alarm]
limits:
  slack_min: {value: 10, unit: 分钟, source: 本系统约定：设备时钟的余地, certainty: house}
*/
SELECT s.id AS record_id, p.id AS place_id, p.region_id, s.source,
       COALESCE(s.installed_on > :today, false)
           OR COALESCE(s.last_seen_at > CAST(:now AS timestamptz) + make_interval(mins => :slack_min), false) AS wrong,
       COALESCE(CAST(s.last_seen_at AS text), CAST(s.installed_on AS text)) AS value
FROM sensor s JOIN place p ON p.id = s.place_id
