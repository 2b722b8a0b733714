receipts_written AS (
    INSERT INTO receipt_marks (conversation, user_key, kind, seq, at)
    SELECT r.conversation, r.user_key, r.kind, r.seq, r.at
    FROM new_receipts r
    JOIN passed p ON p.ord = r.ord
    ON CONFLICT (conversation, user_key, kind, seq) DO NOTHING
),
receipts_replaced AS (
    DELETE FROM receipt_marks x
    USING new_receipts r, passed p
    WHERE NOT r.keeps_earlier AND p.ord = r.ord AND x.conversation = r.conversation AND x.user_key = r.user_key
      AND x.kind = r.kind AND x.seq < r.seq
)
