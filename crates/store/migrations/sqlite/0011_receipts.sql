-- How far participants have come, as others may know it, and whether a user lets them.

CREATE TABLE receipt_marks (
    conversation INTEGER NOT NULL,
    user_key     INTEGER NOT NULL,
    -- 1: delivered, 2: read (codes.rs).
    kind         INTEGER NOT NULL,
    -- Everything up to this message. In small conversations each of a user's marks stays, which gives each message its
    -- time; elsewhere only the last one.
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, user_key, kind, seq)
) STRICT, WITHOUT ROWID;

-- Nothing: as configured.
ALTER TABLE user_settings ADD COLUMN receipts INTEGER;
