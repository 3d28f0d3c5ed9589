c.node_id IN (SELECT r.id FROM region r WHERE r.level <= 3 AND r.path && %(scope)s::integer[])
