-- Effects that must happen, periodic work, and how far the streams of changes are trimmed.

-- One row per effect, written with its cause; gone once it is done.
CREATE TABLE outbox (
    key         INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    -- Names the cause: a second row for the same one is not written.
    dedupe_key  TEXT NOT NULL UNIQUE,
    payload     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    -- When it may be taken: while it is leased, when the lease runs out.
    due_at      INTEGER NOT NULL,
    -- How often it was taken.
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- Who works at it, and the number of that lease: only who knows it may complete the row.
    lease_owner TEXT,
    lease       BLOB,
    -- Given up: it stays for people to look at.
    failed_at   INTEGER,
    last_error  TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at) WHERE failed_at IS NULL;

-- Named periodic jobs: one node runs each.
CREATE TABLE schedules (
    name        TEXT PRIMARY KEY,
    -- When it may be run: while it is leased, when the lease runs out.
    due_at      INTEGER NOT NULL,
    lease_owner TEXT,
    lease       BLOB,
    finished_at INTEGER
) STRICT, WITHOUT ROWID;

-- The newest `rev` and `user_rev` that are no longer kept.
ALTER TABLE conversations ADD COLUMN changes_floor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN changes_floor INTEGER NOT NULL DEFAULT 0;
