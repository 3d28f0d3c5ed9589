/*
title: 统一社会信用代码校验不过
group: impossible
record: place
says: 代码
harm: 按代码合并时会并错或并不上
who: 报送该来源的部门；数据管理员转告
fix: 对照营业执照改正抄错的字
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, (length(p.uscc) <> 18 OR p.uscc !~ '^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$' OR (
           SELECT (31 - sum((position(substr(p.uscc, i, 1) IN '0123456789ABCDEFGHJKLMNPQRTUWXY') - 1)
                            * (ARRAY[1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28])[i]) % 31) % 31
           FROM generate_series(1, 17) i) <> position(substr(p.uscc, 18, 1) IN '0123456789ABCDEFGHJKLMNPQRTUWXY') - 1) AS wrong, p.uscc AS value
FROM place p
WHERE p.state <> 'closed' AND p.uscc IS NOT NULL
