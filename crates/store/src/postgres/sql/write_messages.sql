state_written AS (
    -- A mark is only ever moved forward; a new participant's starts at 0.
    INSERT INTO participant_state (user_key, conversation, read_seq)
    SELECT x.user_key, x.conversation, max(x.read_seq)
    FROM (
        SELECT ord, user_key, conversation, read_seq FROM read_marks
        UNION ALL
        SELECT ord, user_key, conversation, 0 FROM new_participants
    ) x
    JOIN passed p ON p.ord = x.ord
    GROUP BY x.user_key, x.conversation
    ON CONFLICT (user_key, conversation)
        DO UPDATE SET read_seq = GREATEST(participant_state.read_seq, excluded.read_seq), marked_unread = 0
),
messages_written AS (
    INSERT INTO messages (conversation, seq, rev, id, request_hash, sender, kind, body, created_at, reply_to,
                          extras)
    SELECT m.conversation, t.seq + m.seq_offset, t.rev + m.rev_offset, m.id, m.request_hash, m.sender, m.kind,
           m.body, m.created_at, m.reply_to, m.extras
    FROM new_messages m
    JOIN taken t ON t.ord = m.ord
),
mentions_written AS (
    INSERT INTO mentions (conversation, user_key, seq, sender)
    SELECT n.conversation, n.user_key, t.seq + n.seq_offset, n.sender
    FROM new_mentions n
    JOIN taken t ON t.ord = n.ord
),
changes_written AS (
    INSERT INTO changes (conversation, rev, kind, ref)
    SELECT t.conversation, t.rev + x.rev_offset, x.kind, COALESCE(x.about, t.seq + x.seq_offset)
    FROM new_changes x
    JOIN taken t ON t.ord = x.ord
    WHERE t.conversation IS NOT NULL
)
