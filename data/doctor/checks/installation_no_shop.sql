/*
title: 有用气设施而不是用气商户
group: orphan
record: gas_installation
harm: 不按用气商户评定，等于没有看
who: 数据管理员
fix: 给场所加上“用气商户”类别，或注销设施
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, NOT p.kinds @> ARRAY['gas_shop'] AS wrong, NULL AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.supply IS DISTINCT FROM 'none'
