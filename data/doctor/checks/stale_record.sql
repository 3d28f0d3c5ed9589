/*
title: 记录太久没有更新
group: stale
record: place
says: 最后更新
harm: 名称、电话、状态可能早已变了
who: 报送该来源的部门；数据管理员转告
fix: 请报送部门重报这一来源的最新名单
limits:
  record_days: {value: 365, unit: 天, source: 本系统约定：名单一年至少报一次, certainty: house}
*/
SELECT p.id AS record_id, p.id AS place_id, p.region_id, p.source, p.updated_at < CAST(:now AS timestamptz) - make_interval(days => :record_days) AS wrong, CAST(CAST(p.updated_at AS date) AS text) AS value
FROM place p
WHERE p.state <> 'closed'
