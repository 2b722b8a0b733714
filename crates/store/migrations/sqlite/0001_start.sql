-- Users, conversations, participants, messages and the streams of changes.
--
-- Times are milliseconds since the Unix epoch. Codes of kinds and roles: `codes.rs`.
--
-- No foreign keys: each would add an index probe to each insert, and on PostgreSQL, whose schema this follows, a lock on
-- the very row that every send of a conversation queues for.
-- Rows are only written through plans, whose guards are checked by the one writer.
--
-- WITHOUT ROWID where the primary key is how rows are read: a page of history is then one run of leaves, and
-- a row is stored once.

CREATE TABLE users (
    key            INTEGER PRIMARY KEY,
    issuer         TEXT NOT NULL DEFAULT '',
    subject        TEXT NOT NULL,
    display_name   TEXT,
    email          TEXT,
    avatar_url     TEXT,
    created_at     INTEGER NOT NULL,
    last_user_rev  INTEGER NOT NULL,
    -- Lower case, compared byte by byte: what the search for people looks in.
    subject_folded TEXT NOT NULL,
    name_folded    TEXT,
    UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX users_by_subject ON users (subject_folded);
CREATE INDEX users_by_name ON users (name_folded);

CREATE TABLE user_changes (
    user_key INTEGER NOT NULL,
    user_rev INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    ref      INTEGER NOT NULL,
    PRIMARY KEY (user_key, user_rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE conversations (
    key              INTEGER PRIMARY KEY,
    id               BLOB NOT NULL UNIQUE,
    kind             INTEGER NOT NULL,
    name             TEXT,
    direct_key       TEXT UNIQUE,
    created_by       INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL,
    last_seq         INTEGER NOT NULL,
    last_rev         INTEGER NOT NULL,
    members_rev      INTEGER NOT NULL,
    member_count     INTEGER NOT NULL
) STRICT;

CREATE TABLE participants (
    conversation INTEGER NOT NULL,
    user_key     INTEGER NOT NULL,
    role         INTEGER NOT NULL,
    joined_seq   INTEGER NOT NULL,
    -- The order of joining.
    position     INTEGER NOT NULL,
    left_at      INTEGER,
    PRIMARY KEY (conversation, user_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_by_user ON participants (user_key, conversation);

CREATE TABLE participant_state (
    user_key     INTEGER NOT NULL,
    conversation INTEGER NOT NULL,
    read_seq     INTEGER NOT NULL,
    PRIMARY KEY (user_key, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    id           BLOB NOT NULL,
    request_hash BLOB NOT NULL,
    sender       INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    body         TEXT,
    created_at   INTEGER NOT NULL,
    edited_at    INTEGER,
    deleted_at   INTEGER,
    PRIMARY KEY (conversation, seq),
    UNIQUE (conversation, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    conversation INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    ref          INTEGER NOT NULL,
    PRIMARY KEY (conversation, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_blocks (
    name     TEXT PRIMARY KEY,
    next_key INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO key_blocks (name, next_key) VALUES ('users', 1), ('conversations', 1);
