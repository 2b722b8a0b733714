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
           sum(x.joins)::bigint AS joins, sum(x.departures)::bigint AS departures, sum(x.counts)::bigint AS counts
    FROM (
        SELECT conversation, seqs, revs, active_at, 0 AS joins, 0 AS departures, 0 AS counts
        FROM taken
        WHERE conversation IS NOT NULL AND NOT founds
        UNION ALL
        SELECT j.conversation, 0, 0, NULL, 1, 0, 0
        FROM new_participants j
        JOIN passed p ON p.ord = j.ord
        WHERE NOT j.founds
        UNION ALL
        SELECT n.conversation, 0, 0, NULL, 0, 0, 1
        FROM members_counts n
        JOIN passed p ON p.ord = n.ord
        UNION ALL
        SELECT n.conversation, 0, 0, NULL, 0, 0, 1
        FROM new_details n
        JOIN passed p ON p.ord = n.ord
        UNION ALL
        SELECT d.conversation, 0, 0, NULL, 0, 1, 0
        FROM departures d
        JOIN passed p ON p.ord = d.ord
        UNION ALL
        SELECT r.conversation, 0, 0, NULL, 0, 0, 1
        FROM new_roles r
        JOIN passed p ON p.ord = r.ord
    ) x
    GROUP BY x.conversation
),
conversations_updated AS (
    UPDATE conversations c
    SET last_seq = c.last_seq + t.seqs, last_rev = c.last_rev + t.revs,
        last_activity_at = GREATEST(c.last_activity_at, t.active_at),
        members_rev = c.members_rev + t.joins + t.departures + t.counts,
        member_count = c.member_count + t.joins - t.departures,
        name = CASE WHEN d.conversation IS NULL THEN c.name ELSE d.name END,
        description = CASE WHEN d.conversation IS NULL THEN c.description ELSE d.description END,
        avatar_url = CASE WHEN d.conversation IS NULL THEN c.avatar_url ELSE d.avatar_url END,
        who_may_add = COALESCE(d.who_may_add, c.who_may_add), history = COALESCE(d.history, c.history),
        read_only = COALESCE(d.read_only, c.read_only), slow_mode_s = COALESCE(d.slow_mode_s, c.slow_mode_s)
    FROM conversation_updates t
    -- A plan that changes details is alone with its conversation.
    LEFT JOIN (SELECT n.* FROM new_details n JOIN passed p ON p.ord = n.ord) d ON d.conversation = t.conversation
    WHERE c.key = ANY($conversations) AND c.key = t.conversation
),
participants_written AS (
    INSERT INTO participants (conversation, user_key, role, joined_seq, position)
    -- A plan that changes members is alone with its conversation (batch.rs): the next message is its first.
    SELECT j.conversation, j.user_key, j.role, COALESCE(c.last_seq, 0) + 1, COALESCE(c.members_rev, 0) + j.position
    FROM new_participants j
    JOIN passed p ON p.ord = j.ord
    LEFT JOIN LATERAL (
        SELECT c.members_rev, c.last_seq FROM conversations c WHERE c.key = j.conversation LIMIT 1
    ) c ON true
    ON CONFLICT (conversation, user_key) DO UPDATE
        SET role = excluded.role, joined_seq = excluded.joined_seq, position = excluded.position, left_at = NULL
),
participants_updated AS (
    -- No plan gives a role to who leaves.
    UPDATE participants m
    SET role = COALESCE(x.role, m.role), left_at = x.left_at
    FROM (
        SELECT ord, conversation, user_key, left_at, NULL::bigint AS role FROM departures
        UNION ALL
        SELECT ord, conversation, user_key, NULL::bigint, role FROM new_roles
    ) x
    JOIN passed p ON p.ord = x.ord
    WHERE m.conversation = ANY($conversations) AND m.conversation = x.conversation AND m.user_key = x.user_key
)
