failed AS (
    SELECT g.ord
    FROM members_guards g
    LEFT JOIN LATERAL (
        SELECT c.members_rev FROM conversations c WHERE c.key = g.conversation LIMIT 1
    ) c ON true
    WHERE c.members_rev IS DISTINCT FROM g.members_rev
    UNION
    SELECT g.ord
    FROM absent_guards g
    CROSS JOIN LATERAL (
        SELECT 1 FROM messages m WHERE m.conversation = g.conversation AND m.id = g.id LIMIT 1
    ) m
    UNION
    SELECT g.ord
    FROM rev_guards g
    LEFT JOIN LATERAL (
        SELECT m.rev FROM messages m WHERE m.conversation = g.conversation AND m.seq = g.seq LIMIT 1
    ) m ON true
    WHERE m.rev IS DISTINCT FROM g.rev
    UNION
    SELECT p.ord
    FROM plans p
    LEFT JOIN LATERAL (SELECT c.key FROM conversations c WHERE c.key = p.conversation LIMIT 1) c ON true
    WHERE p.conversation IS NOT NULL AND NOT p.founds AND c.key IS NULL
    UNION
    SELECT j.ord
    FROM new_participants j
    LEFT JOIN LATERAL (SELECT c.key FROM conversations c WHERE c.key = j.conversation LIMIT 1) c ON true
    WHERE NOT j.founds AND c.key IS NULL
    UNION
    SELECT j.ord
    FROM new_participants j
    CROSS JOIN LATERAL (
        SELECT 1 FROM participants m
        WHERE m.conversation = j.conversation AND m.user_key = j.user_key AND m.left_at IS NULL LIMIT 1
    ) m
    WHERE NOT j.founds
    UNION
    SELECT x.ord
    FROM (
        SELECT ord, conversation, user_key FROM departures
        UNION ALL
        SELECT ord, conversation, user_key FROM new_roles
    ) x
    LEFT JOIN LATERAL (
        SELECT 1 AS found FROM participants m
        WHERE m.conversation = x.conversation AND m.user_key = x.user_key AND m.left_at IS NULL LIMIT 1
    ) m ON true
    WHERE m.found IS NULL
    UNION
    SELECT s.ord
    FROM user_streams s
    LEFT JOIN LATERAL (SELECT u.key FROM users u WHERE u.key = s.user_key LIMIT 1) u ON true
    WHERE NOT s.is_new AND u.key IS NULL
    UNION
    SELECT g.ord
    FROM privacy_guards g
    LEFT JOIN LATERAL (SELECT u.privacy_rev FROM users u WHERE u.key = g.user_key LIMIT 1) u ON true
    WHERE u.privacy_rev IS DISTINCT FROM g.privacy_rev
    UNION
    SELECT g.ord
    FROM direct_guards g
    CROSS JOIN LATERAL (SELECT 1 FROM conversations c WHERE c.direct_key = g.direct_key LIMIT 1) c
),
passed AS (
    SELECT * FROM plans WHERE ord NOT IN (SELECT ord FROM failed)
),
taken AS (
    SELECT p.ord, p.conversation, p.founds, p.seqs, p.revs, p.active_at,
           (COALESCE(c.last_seq, 0) + sum(p.seqs) OVER stream - p.seqs)::bigint AS seq,
           (COALESCE(c.last_rev, 0) + sum(p.revs) OVER stream - p.revs)::bigint AS rev
    FROM passed p
    LEFT JOIN LATERAL (
        SELECT c.last_seq, c.last_rev FROM conversations c WHERE c.key = p.conversation LIMIT 1
    ) c ON true
    WINDOW stream AS (PARTITION BY p.conversation ORDER BY p.ord)
),
user_taken AS (
    SELECT s.ord, s.user_key, s.taken, s.is_new,
           (COALESCE(u.last_user_rev, 0)
            + sum(s.taken) OVER (PARTITION BY s.user_key ORDER BY s.ord) - s.taken)::bigint AS user_rev
    FROM user_streams s
    JOIN passed p ON p.ord = s.ord
    LEFT JOIN LATERAL (SELECT u.last_user_rev FROM users u WHERE u.key = s.user_key LIMIT 1) u ON true
)
