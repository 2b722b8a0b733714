-- Who may reach whom: blocks, follows, a user's settings, requests to write to somebody.

CREATE TABLE blocks (
    user_key INTEGER NOT NULL,
    -- Whom he blocks.
    other    INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (user_key, other)
) STRICT, WITHOUT ROWID;

CREATE TABLE follows (
    user_key INTEGER NOT NULL,
    -- Whom he follows.
    other    INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (user_key, other)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_settings (
    user_key         INTEGER PRIMARY KEY,
    -- Nothing: as configured.
    messaging_access INTEGER
) STRICT;

CREATE TABLE message_requests (
    conversation INTEGER PRIMARY KEY,
    requester    INTEGER NOT NULL,
    recipient    INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    answered_at  INTEGER
) STRICT;
CREATE INDEX message_requests_by_recipient ON message_requests (recipient, state, conversation);

-- Grows with every change of what is above that is the user's own: decisions rest on it.
ALTER TABLE users ADD COLUMN privacy_rev INTEGER NOT NULL DEFAULT 0;
