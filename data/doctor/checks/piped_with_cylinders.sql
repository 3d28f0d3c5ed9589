/*
title: 管道气或不用气却有钢瓶
group: contradictory
record: gas_installation
harm: 瓶装气的红线条款会被跳过
who: 供气企业
fix: 核实供气方式，或注销钢瓶
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source,
       EXISTS (SELECT FROM cylinder c WHERE c.installation_id = g.id) AS wrong, g.supply AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.supply IN ('piped', 'none')
