messages_updated AS (
    UPDATE messages m
    SET rev = t.rev + u.rev_offset, body = u.body, edited_at = u.edited_at, deleted_at = u.deleted_at,
        reactions = u.reactions, extras = CASE WHEN u.deleted_at IS NULL THEN m.extras END
    FROM message_updates u
    JOIN taken t ON t.ord = u.ord
    WHERE m.conversation = u.conversation AND m.seq = u.seq
),
messages_uncounted AS (
    -- Sums are lowered where a message that was unsent is in a block that was counted.
    UPDATE message_counts b
    SET messages = b.messages - d.n, positions = b.positions & ~d.gone
    FROM (
        SELECT x.conversation, x.sender, x.block, count(*) AS n, bit_or(x.position) AS gone
        FROM (
            SELECT u.conversation, s.sender, (u.seq - 1) / $block AS block,
                CAST(1 AS bigint) << CAST((u.seq - 1) % $block AS integer) AS position
            FROM message_updates u
            JOIN taken t ON t.ord = u.ord
            CROSS JOIN LATERAL (
                SELECT m.sender FROM messages m WHERE m.conversation = u.conversation AND m.seq = u.seq LIMIT 1
            ) m
            CROSS JOIN LATERAL (
                SELECT c.counted_seq FROM conversations c WHERE c.key = u.conversation LIMIT 1
            ) c
            CROSS JOIN LATERAL (VALUES (0), (m.sender)) AS s(sender)
            WHERE u.deleted_at IS NOT NULL AND c.counted_seq >= u.seq
        ) x
        GROUP BY x.conversation, x.sender, x.block
    ) d
    WHERE b.conversation = d.conversation AND b.sender = d.sender AND b.block = d.block
),
versions_written AS (
    INSERT INTO message_versions (conversation, seq, rev, body, written_at)
    SELECT u.conversation, u.seq, t.rev + u.rev_offset, u.replaced_body, u.replaced_written_at
    FROM message_updates u
    JOIN taken t ON t.ord = u.ord
    WHERE u.replaced_body IS NOT NULL
),
reactions_written AS (
    INSERT INTO reactions (conversation, seq, user_key, emoji, reacted_at)
    SELECT r.conversation, r.seq, r.user_key, r.emoji, r.reacted_at
    FROM reaction_rows r
    JOIN passed p ON p.ord = r.ord
    WHERE r.reacted_at IS NOT NULL
    ON CONFLICT (conversation, seq, user_key, emoji) DO NOTHING
),
reactions_deleted AS (
    DELETE FROM reactions x
    USING reaction_rows r
    JOIN passed p ON p.ord = r.ord
    WHERE r.reacted_at IS NULL AND x.conversation = r.conversation AND x.seq = r.seq AND x.user_key = r.user_key
      AND x.emoji = r.emoji
),
mentions_unsent AS (
    DELETE FROM mentions x
    USING message_updates u
    JOIN taken t ON t.ord = u.ord
    WHERE u.deleted_at IS NOT NULL AND x.conversation = u.conversation AND x.seq = u.seq
),
messages_hidden AS (
    INSERT INTO message_hidden (user_key, conversation, seq, user_rev)
    SELECT h.user_key, h.conversation, h.seq, t.user_rev + h.rev_offset
    FROM hidden_rows h
    JOIN user_taken t ON t.ord = h.ord AND t.user_key = h.user_key
    ON CONFLICT (user_key, conversation, seq) DO NOTHING
),
reactions_unsent AS (
    DELETE FROM reactions x
    USING message_updates u
    JOIN taken t ON t.ord = u.ord
    WHERE u.deleted_at IS NOT NULL AND x.conversation = u.conversation AND x.seq = u.seq
)
