own_states_written AS (
    UPDATE participant_state s
    SET archived = o.archived, marked_unread = o.marked_unread, muted_until = o.muted_until, pinned_at = o.pinned_at,
        hidden_seq = o.deleted_seq, cleared_seq = COALESCE(o.deleted_seq, s.cleared_seq)
    FROM own_states o
    JOIN passed p ON p.ord = o.ord
    WHERE s.user_key = o.user_key AND s.conversation = o.conversation
),
paced_written AS (
    UPDATE participant_state s
    SET last_sent_at = o.at
    FROM paced o
    JOIN passed p ON p.ord = o.ord
    WHERE s.user_key = o.user_key AND s.conversation = o.conversation
)
