-- How many messages of whom a block of 1024 numbers holds, so that unread messages are summed where they are many.
-- Blocks are counted some time after they are full.

CREATE TABLE message_counts (
    conversation INTEGER NOT NULL,
    -- 0: of everybody.
    sender       INTEGER NOT NULL,
    -- The n-th block, from 0, has seq 1024 * n + 1 to 1024 * (n + 1).
    block        INTEGER NOT NULL,
    -- Neither the system's nor deleted ones.
    messages     INTEGER NOT NULL,
    PRIMARY KEY (conversation, sender, block)
) STRICT, WITHOUT ROWID;

-- All blocks up to this seq are counted.
ALTER TABLE conversations ADD COLUMN counted_seq INTEGER NOT NULL DEFAULT 0;
