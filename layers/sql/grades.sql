NULLIF(c.red, 0) AS red, NULLIF(c.orange, 0) AS orange, NULLIF(c.yellow, 0) AS yellow, NULLIF(c.blue, 0) AS blue,
NULLIF(c.unknown, 0) AS unknown, NULLIF(c.unknown_severe, 0) AS unknown_severe, NULLIF(c.na, 0) AS na,
CASE WHEN c.red > 0 THEN 4 WHEN c.orange > 0 THEN 3 WHEN c.unknown_severe > 0 THEN 0 WHEN c.yellow > 0 THEN 2
     WHEN c.unknown > 0 THEN 0 WHEN c.blue > 0 THEN 1 ELSE -1 END AS worst
