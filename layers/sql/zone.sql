-- Areas that cut across the region tree: parks, police stations, squadrons.
SELECT z.id, z.kind, z.name, z.geom_3857 AS geom
FROM zone z
WHERE z.geom_3857 && {tile} AND {scope}
