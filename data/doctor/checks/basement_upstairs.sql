/*
title: 在地下又在楼上
group: contradictory
record: gas_installation
harm: 地下用液化气是直接判红，楼层矛盾就判不了
who: 供气企业入户安检人员
fix: 核实场所所在楼层
effect: [gas_shop.underground]
*/
SELECT g.id AS record_id, p.id AS place_id, p.region_id, g.source, g.in_basement AND g.floor_no >= 1 AS wrong, CAST(g.floor_no AS text) AS value
FROM gas_installation g JOIN place p ON p.id = g.place_id
WHERE p.state <> 'closed' AND g.in_basement IS NOT NULL AND g.floor_no IS NOT NULL
