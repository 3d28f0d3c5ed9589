-- What a pointer on a region shows: name, places in it, and the graded red or orange by layer.
SELECT r.id, r.name, NULL::text AS address,
       (SELECT array_agg(a.name ORDER BY a.level) FROM region a
        WHERE a.id = ANY (r.path) AND a.level BETWEEN 2 AND 4 AND a.id <> r.id) AS within,
       json_build_object(
           'places', (SELECT t.places FROM region_total t WHERE t.region_id = r.id),
           'layers', (SELECT json_object_agg(k.layer, json_build_array(k.n, k.severe)) FROM (
               SELECT c.layer, sum(c.n) AS n, COALESCE(sum(c.n) FILTER (WHERE c.severity >= 3), 0) AS severe
               FROM region_count c WHERE c.region_id = r.id GROUP BY c.layer) k)) AS counts
FROM region r
WHERE r.id = ANY (%(ids)s::bigint[]) AND {scope}
