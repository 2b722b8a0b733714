-- How far participants have come, as others may know it, and whether a user lets them.

CREATE TABLE receipt_marks (
    conversation BIGINT NOT NULL,
    user_key     BIGINT NOT NULL,
    -- 1: delivered, 2: read (codes.rs).
    kind         BIGINT NOT NULL,
    -- Everything up to this message. In small conversations each of a user's marks stays, which gives each message its
    -- time; elsewhere only the last one.
    seq          BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (conversation, user_key, kind, seq)
);

-- Nothing: as configured.
ALTER TABLE user_settings ADD COLUMN receipts BIGINT;
