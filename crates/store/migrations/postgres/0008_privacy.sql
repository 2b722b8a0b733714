-- Who may reach whom: blocks, follows, a user's settings, requests to write to somebody.

CREATE TABLE blocks (
    user_key BIGINT NOT NULL,
    -- Whom he blocks.
    other    BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    PRIMARY KEY (user_key, other)
);

CREATE TABLE follows (
    user_key BIGINT NOT NULL,
    -- Whom he follows.
    other    BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    PRIMARY KEY (user_key, other)
);

CREATE TABLE user_settings (
    user_key         BIGINT PRIMARY KEY,
    -- Nothing: as configured.
    messaging_access BIGINT
);

CREATE TABLE message_requests (
    conversation BIGINT PRIMARY KEY,
    requester    BIGINT NOT NULL,
    recipient    BIGINT NOT NULL,
    state        BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    answered_at  BIGINT
);
CREATE INDEX message_requests_by_recipient ON message_requests (recipient, state, conversation);

-- Grows with every change of what is above that is the user's own: decisions rest on it.
ALTER TABLE users ADD COLUMN privacy_rev BIGINT NOT NULL DEFAULT 0;
