locked AS (
    -- The rows as they are once they are locked, whatever was committed while this waited. In one order everywhere, so
    -- that nobody waits in a circle.
    SELECT key, last_seq, last_rev, members_rev
    FROM conversations
    WHERE key = ANY($conversations)
    ORDER BY key
    FOR UPDATE
),
passed AS (
    SELECT s.*, c.last_seq, c.last_rev, row_number() OVER (PARTITION BY s.conversation ORDER BY s.ord) AS n
    FROM sends s
    JOIN locked c ON c.key = s.conversation
    -- As the statement began: an id that came meanwhile meets the unique index, and the batch is tried one by one.
    LEFT JOIN LATERAL (
        SELECT 1 AS found FROM messages m WHERE m.conversation = s.conversation AND m.id = s.id LIMIT 1
    ) m ON true
    WHERE c.members_rev = s.members_rev AND m.found IS NULL
),
counted AS (
    UPDATE conversations c
    SET last_seq = c.last_seq + t.n, last_rev = c.last_rev + t.n,
        last_activity_at = GREATEST(c.last_activity_at, t.active_at)
    FROM (
        SELECT conversation, count(*) AS n, max(created_at) AS active_at FROM passed GROUP BY conversation
    ) t
    WHERE c.key = ANY($conversations) AND c.key = t.conversation
),
messages_written AS (
    INSERT INTO messages (conversation, seq, rev, id, request_hash, sender, kind, body, created_at)
    SELECT conversation, last_seq + n, last_rev + n, id, request_hash, sender, kind, body, created_at FROM passed
),
changes_written AS (
    -- 1: a message was added (codes.rs)
    INSERT INTO changes (conversation, rev, kind, ref)
    SELECT conversation, last_rev + n, 1, last_seq + n FROM passed
)
SELECT ord, NULL::bigint AS user_key, last_seq + n - 1 AS seq, last_rev + n - 1 AS rev FROM passed
