/*
title: 供气方式没有填
group: missing
record: gas_installation
harm: 不知道是瓶装还是管道，瓶装气的各条都悬着
who: 供气企业
fix: 写明瓶装、管道或不用气
effect: [gas_shop.total_kg, gas_shop.no_room, gas_shop.underground, gas_shop.dining, gas_shop.upstairs_50kg]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, g.supply IS NULL AS wrong, NULL AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed'
