-- Messages that change after they were sent: earlier texts, what users hid from themselves, quotes and reactions.

-- A text that a message had before; of one that was unsent, all that it ever said.
CREATE TABLE message_versions (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    -- The change that replaced it.
    rev          INTEGER NOT NULL,
    body         TEXT NOT NULL,
    written_at   INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq, rev)
) STRICT, WITHOUT ROWID;

-- Messages that a user deleted for himself.
CREATE TABLE message_hidden (
    user_key     INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    -- The change of his own stream that says so.
    user_rev     INTEGER NOT NULL,
    PRIMARY KEY (user_key, conversation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_hidden_by_rev ON message_hidden (user_key, user_rev);
CREATE INDEX message_hidden_by_message ON message_hidden (conversation, seq);

CREATE TABLE reactions (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    user_key     INTEGER NOT NULL,
    emoji        TEXT NOT NULL,
    reacted_at   INTEGER NOT NULL,
    PRIMARY KEY (conversation, seq, user_key, emoji)
) STRICT, WITHOUT ROWID;

-- The seq of the message that it answers.
ALTER TABLE messages ADD COLUMN reply_to INTEGER;
-- The sums of its reactions as JSON, [["emoji", count], ...] in the order of their first; null where there are none.
ALTER TABLE messages ADD COLUMN reactions TEXT;
