-- Messages that change after they were sent: earlier texts, what users hid from themselves, quotes and reactions.

-- A text that a message had before; of one that was unsent, all that it ever said.
CREATE TABLE message_versions (
    conversation BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    -- The change that replaced it.
    rev          BIGINT NOT NULL,
    body         TEXT NOT NULL,
    written_at   BIGINT NOT NULL,
    PRIMARY KEY (conversation, seq, rev)
);

-- Messages that a user deleted for himself.
CREATE TABLE message_hidden (
    user_key     BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    -- The change of his own stream that says so.
    user_rev     BIGINT NOT NULL,
    PRIMARY KEY (user_key, conversation, seq)
);
CREATE INDEX message_hidden_by_rev ON message_hidden (user_key, user_rev);
CREATE INDEX message_hidden_by_message ON message_hidden (conversation, seq);

CREATE TABLE reactions (
    conversation BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    user_key     BIGINT NOT NULL,
    emoji        TEXT NOT NULL,
    reacted_at   BIGINT NOT NULL,
    PRIMARY KEY (conversation, seq, user_key, emoji)
);

-- The seq of the message that it answers.
ALTER TABLE messages ADD COLUMN reply_to BIGINT;
-- The sums of its reactions as JSON, [["emoji", count], ...] in the order of their first; null where there are none.
ALTER TABLE messages ADD COLUMN reactions TEXT;
