-- How far streams had come at some time: what tells the age of changes, which have no time of their own.

CREATE TABLE change_marks (
    -- 1: of a conversation, 2: of a user.
    stream BIGINT NOT NULL,
    key    BIGINT NOT NULL,
    rev    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (stream, key)
);
