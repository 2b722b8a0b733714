-- Mentions, and what else few messages have.

-- What is hidden is looked up by whom it is hidden from.
DROP INDEX message_hidden_by_message;

-- What a message has beside a text, as a JSON object; null where there is nothing of it.
ALTER TABLE messages ADD COLUMN extras TEXT;

-- For whom a message counts as a mention.
CREATE TABLE mentions (
    conversation INTEGER NOT NULL,
    -- 0: for everybody.
    user_key     INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    -- For him it does not count.
    sender       INTEGER NOT NULL,
    PRIMARY KEY (conversation, user_key, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (conversation, seq);
