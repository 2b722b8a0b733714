conversations_written AS (
    INSERT INTO conversations (key, id, kind, name, direct_key, created_by, created_at, last_activity_at, last_seq,
                               last_rev, members_rev, member_count)
    SELECT n.key, n.id, n.kind, n.name, n.direct_key, n.created_by, n.created_at, n.last_activity_at, n.last_seq,
           n.last_rev, 1, n.member_count
    FROM new_conversations n
    JOIN passed p ON p.ord = n.ord
),
conversation_updates AS (
    SELECT x.conversation, sum(x.seqs)::bigint AS seqs, sum(x.revs)::bigint AS revs, max(x.active_at) AS active_at,
           sum(x.joins)::bigint AS joins, sum(x.counts)::bigint AS counts
    FROM (
        SELECT conversation, seqs, revs, active_at, 0 AS joins, 0 AS counts
        FROM taken
        WHERE conversation IS NOT NULL AND NOT founds
        UNION ALL
        SELECT j.conversation, 0, 0, NULL, 1, 0
        FROM new_participants j
        JOIN passed p ON p.ord = j.ord
        WHERE NOT j.founds
        UNION ALL
        SELECT n.conversation, 0, 0, NULL, 0, 1
        FROM members_counts n
        JOIN passed p ON p.ord = n.ord
    ) x
    GROUP BY x.conversation
),
conversations_updated AS (
    UPDATE conversations c
    SET last_seq = c.last_seq + t.seqs, last_rev = c.last_rev + t.revs,
        last_activity_at = GREATEST(c.last_activity_at, t.active_at),
        members_rev = c.members_rev + t.joins + t.counts, member_count = c.member_count + t.joins
    FROM conversation_updates t
    WHERE c.key = ANY($conversations) AND c.key = t.conversation
),
participants_written AS (
    INSERT INTO participants (conversation, user_key, role, joined_seq, position)
    SELECT j.conversation, j.user_key, j.role, j.joined_seq, COALESCE(c.members_rev, 0) + j.position
    FROM new_participants j
    JOIN passed p ON p.ord = j.ord
    LEFT JOIN LATERAL (
        SELECT c.members_rev FROM conversations c WHERE c.key = j.conversation LIMIT 1
    ) c ON true
)
