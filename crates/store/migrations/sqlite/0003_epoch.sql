-- Which history this database holds. A restored backup gets another epoch, since clients may have seen numbers
-- that it will give out again, for something else.

CREATE TABLE epoch (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    id       BLOB NOT NULL
) STRICT;
INSERT INTO epoch (only_row, id) VALUES (1, randomblob(16));
