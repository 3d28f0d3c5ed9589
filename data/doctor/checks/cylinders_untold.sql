/*
title: 瓶装气没有总量也没有钢瓶
group: missing
record: gas_installation
harm: 100 kg、420 kg 两条红线判断不了
who: 供气企业
fix: 报钢瓶总量（kg），最好逐瓶登记
effect: [gas_shop.total_kg, gas_shop.no_room, gas_shop.not_detached, gas_shop.room_at_100]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source,
       g.cylinder_total_kg IS NULL AND NOT EXISTS (SELECT FROM cylinder c WHERE c.installation_id = g.id) AS wrong,
       NULL AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND (g.supply IS NULL OR g.supply = 'cylinder')
