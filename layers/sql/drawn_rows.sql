-- The places of one counted layer, singly.
SELECT d.place_id AS id, d.severity, d.at_least, d.geom_3857 AS geom
FROM drawn_place d
WHERE d.layer = {layer} AND d.geom_3857 && {tile} AND {scope}
