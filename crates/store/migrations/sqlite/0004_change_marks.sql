-- How far streams had come at some time: what tells the age of changes, which have no time of their own.

CREATE TABLE change_marks (
    -- 1: of a conversation, 2: of a user.
    stream INTEGER NOT NULL,
    key    INTEGER NOT NULL,
    rev    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (stream, key)
) STRICT, WITHOUT ROWID;
