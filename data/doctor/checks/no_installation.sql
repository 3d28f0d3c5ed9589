/*
title: 用气商户没有用气设施记录
group: missing
record: place
harm: 用不用瓶装气、有多少、报警器在不在都不知道，评定成未知，不等于安全
who: 燃气主管部门；供气企业
fix: 由供气企业把入户安检表按商户报来，导入“用气设施”
effect: [gas_shop.alarm, gas_shop.total_kg, gas_shop.hose_m, gas_shop.supplier_visit, gas_shop.no_room, gas_shop.underground]
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, g.id IS NULL AS wrong, NULL AS value
FROM place p LEFT JOIN gas_installation g ON g.place_id = p.id
WHERE p.state <> 'closed' AND p.kinds @> ARRAY['gas_shop']
