-- Reads of data/search.py. Patterns come escaped (\ is the escape); {words} asks for every word.

-- name: places
SELECT p.id,
       CASE WHEN p.name = :whole THEN 0 WHEN p.uscc LIKE :code THEN 1 WHEN {name} LIKE :starts THEN 2
            WHEN {name} LIKE :inside THEN 3 ELSE 4 END AS rank
FROM place p JOIN region r ON r.id = p.region_id
WHERE ({scope r.path})
  AND (({words}) OR p.uscc LIKE :code OR p.licence_no = :whole)
ORDER BY rank, char_length(p.name), p.id
LIMIT :limit;

-- name: regions
SELECT r.code, r.name, r.level, t.places,
       (SELECT string_agg(a.name, ' · ' ORDER BY a.level) FROM region a
        WHERE a.id = ANY (r.path) AND a.id <> r.id AND a.level > 1) AS above
FROM region r LEFT JOIN region_total t ON t.region_id = r.id
WHERE ({scope r.path}) AND NOT r.is_rest AND (r.code LIKE :digits OR {region} LIKE :inside)
ORDER BY r.code <> :whole, r.name <> :whole, r.level, r.code
LIMIT :limit;
