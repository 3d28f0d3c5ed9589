-- What a pointer on fire stations shows.
SELECT s.id, s.name, s.address,
       (SELECT array_agg(a.name ORDER BY a.level) FROM region a
        WHERE a.id = ANY (r.path) AND a.level BETWEEN 2 AND 4 AND NOT a.is_rest) AS within,
       json_build_object('engines', s.engines, 'crew', s.crew) AS force
FROM station s
JOIN region r ON r.id = s.region_id
WHERE s.id = ANY (%(ids)s::bigint[]) AND {scope}
