blocks_written AS (
    INSERT INTO blocks (user_key, other, since)
    SELECT b.user_key, b.other, b.since
    FROM new_blocks b
    JOIN passed p ON p.ord = b.ord
    WHERE b.since IS NOT NULL
    ON CONFLICT (user_key, other) DO NOTHING
),
blocks_lifted AS (
    DELETE FROM blocks o
    USING new_blocks b, passed p
    WHERE b.since IS NULL AND p.ord = b.ord AND o.user_key = b.user_key AND o.other = b.other
)
,
follows_written AS (
    INSERT INTO follows (user_key, other, since)
    SELECT f.user_key, f.other, f.since
    FROM new_follows f
    JOIN passed p ON p.ord = f.ord
    WHERE f.since IS NOT NULL
    ON CONFLICT (user_key, other) DO NOTHING
),
follows_ended AS (
    DELETE FROM follows o
    USING new_follows f, passed p
    WHERE f.since IS NULL AND p.ord = f.ord AND o.user_key = f.user_key AND o.other = f.other
),
settings_written AS (
    INSERT INTO user_settings (user_key, messaging_access, receipts)
    SELECT s.user_key, s.messaging_access, s.receipts
    FROM new_settings s
    JOIN passed p ON p.ord = s.ord
    ON CONFLICT (user_key) DO UPDATE
        SET messaging_access = excluded.messaging_access, receipts = excluded.receipts
),
requests_written AS (
    INSERT INTO message_requests (conversation, requester, recipient, state, created_at)
    SELECT r.conversation, r.requester, r.recipient, r.state, r.at
    FROM new_requests r
    JOIN passed p ON p.ord = r.ord
    ON CONFLICT (conversation) DO UPDATE SET state = excluded.state, answered_at = excluded.created_at
)
