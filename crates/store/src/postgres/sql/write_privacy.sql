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
