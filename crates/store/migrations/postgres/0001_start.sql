-- Users, conversations, participants, messages and the streams of changes.
--
-- Times are milliseconds since the Unix epoch. Codes of kinds and roles: `codes.rs`.
--
-- No foreign keys: each would add an index probe and a share lock on the parent row (the very row that every send
-- of a conversation queues for) to each insert, and would keep the tables from being partitioned by conversation.
-- Rows are only written through plans, whose guards are checked under the conversation's lock.

CREATE TABLE users (
    key            BIGINT PRIMARY KEY,
    issuer         TEXT NOT NULL DEFAULT '',
    subject        TEXT NOT NULL,
    display_name   TEXT,
    email          TEXT,
    avatar_url     TEXT,
    created_at     BIGINT NOT NULL,
    last_user_rev  BIGINT NOT NULL,
    -- Lower case, compared byte by byte: what the search for people looks in.
    subject_folded TEXT COLLATE "C" NOT NULL,
    name_folded    TEXT COLLATE "C",
    UNIQUE (issuer, subject)
);
CREATE INDEX users_by_subject ON users (subject_folded);
CREATE INDEX users_by_name ON users (name_folded);

CREATE TABLE user_changes (
    user_key BIGINT NOT NULL,
    user_rev BIGINT NOT NULL,
    kind     BIGINT NOT NULL,
    ref      BIGINT NOT NULL,
    PRIMARY KEY (user_key, user_rev)
);

CREATE TABLE conversations (
    key              BIGINT PRIMARY KEY,
    id               UUID NOT NULL UNIQUE,
    kind             BIGINT NOT NULL,
    name             TEXT,
    direct_key       TEXT UNIQUE,
    created_by       BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    last_seq         BIGINT NOT NULL,
    last_rev         BIGINT NOT NULL,
    members_rev      BIGINT NOT NULL,
    member_count     BIGINT NOT NULL
) WITH (fillfactor = 50); -- updated by every send: room for heap-only updates, which touch no index

CREATE TABLE participants (
    conversation BIGINT NOT NULL,
    user_key     BIGINT NOT NULL,
    role         BIGINT NOT NULL,
    joined_seq   BIGINT NOT NULL,
    -- The order of joining.
    position     BIGINT NOT NULL,
    left_at      BIGINT,
    PRIMARY KEY (conversation, user_key)
);
CREATE INDEX participants_by_user ON participants (user_key, conversation);

CREATE TABLE participant_state (
    user_key     BIGINT NOT NULL,
    conversation BIGINT NOT NULL,
    read_seq     BIGINT NOT NULL,
    PRIMARY KEY (user_key, conversation)
) WITH (fillfactor = 70);

CREATE TABLE messages (
    conversation BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    id           UUID NOT NULL,
    request_hash BYTEA NOT NULL,
    sender       BIGINT NOT NULL,
    kind         BIGINT NOT NULL,
    body         TEXT,
    created_at   BIGINT NOT NULL,
    edited_at    BIGINT,
    deleted_at   BIGINT,
    PRIMARY KEY (conversation, seq),
    UNIQUE (conversation, id)
);

CREATE TABLE changes (
    conversation BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    kind         BIGINT NOT NULL,
    ref          BIGINT NOT NULL,
    PRIMARY KEY (conversation, rev)
);

CREATE TABLE key_blocks (
    name     TEXT PRIMARY KEY,
    next_key BIGINT NOT NULL
);
INSERT INTO key_blocks (name, next_key) VALUES ('users', 1), ('conversations', 1);
