-- What a pointer on places shows: name, where, and each layer's grade.
SELECT p.id, p.name, p.address,
       (SELECT array_agg(a.name ORDER BY a.level) FROM region a
        WHERE a.id = ANY (r.path) AND a.level BETWEEN 2 AND 4 AND NOT a.is_rest) AS within,
       (SELECT json_agg(json_build_array(d.layer, d.severity, d.at_least) ORDER BY d.at_least DESC, d.severity DESC)
        FROM drawn_place d WHERE d.place_id = p.id) AS grades
FROM place p
JOIN region r ON r.id = p.region_id
WHERE p.id = ANY (%(ids)s::bigint[]) AND {scope}
