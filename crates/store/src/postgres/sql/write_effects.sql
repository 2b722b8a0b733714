effects_written AS (
    INSERT INTO outbox (kind, dedupe_key, payload, created_at, due_at)
    SELECT e.kind, e.dedupe_key, e.payload, e.created_at, e.due_at
    FROM new_effects e
    JOIN passed p ON p.ord = e.ord
    -- In one order in every lane: two that add the same causes crosswise would wait for each other.
    ORDER BY e.dedupe_key
    ON CONFLICT (dedupe_key) DO NOTHING
)
