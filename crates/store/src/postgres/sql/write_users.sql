users_written AS (
    INSERT INTO users (key, subject, subject_folded, display_name, name_folded, email, avatar_url, created_at,
                       last_user_rev)
    SELECT n.key, n.subject, n.subject_folded, n.display_name, n.name_folded, n.email, n.avatar_url, n.created_at,
           n.last_user_rev
    FROM new_users n
    JOIN passed p ON p.ord = n.ord
    -- In one order in every lane: two that insert the same people crosswise would wait for each other.
    ORDER BY n.subject
),
user_updates AS (
    SELECT COALESCE(r.user_key, f.key) AS key, COALESCE(r.revs, 0) AS revs, COALESCE(r.counts, 0) AS counts, f.display_name, f.name_folded, f.email, f.avatar_url
    FROM (
        SELECT x.user_key, sum(x.revs)::bigint AS revs, sum(x.counts)::bigint AS counts
        FROM (
            SELECT user_key, taken AS revs, 0 AS counts FROM user_taken WHERE NOT is_new
            UNION ALL
            SELECT n.user_key, 0, 1 FROM privacy_counts n JOIN passed p ON p.ord = n.ord
        ) x
        GROUP BY x.user_key
    ) r
    FULL JOIN (
        SELECT DISTINCT ON (f.key) f.*
        FROM profiles f
        JOIN passed p ON p.ord = f.ord
        ORDER BY f.key, f.ord DESC
    ) f ON f.key = r.user_key
),
users_updated AS (
    UPDATE users u
    SET last_user_rev = u.last_user_rev + t.revs,
        privacy_rev = u.privacy_rev + t.counts,
        display_name = COALESCE(t.display_name, u.display_name),
        name_folded = COALESCE(t.name_folded, u.name_folded),
        email = COALESCE(t.email, u.email),
        avatar_url = COALESCE(t.avatar_url, u.avatar_url)
    FROM user_updates t
    WHERE u.key = ANY($users) AND u.key = t.key
),
user_changes_written AS (
    INSERT INTO user_changes (user_key, user_rev, kind, ref)
    SELECT x.user_key, t.user_rev + x.rev_offset, x.kind, x.conversation
    FROM new_user_changes x
    JOIN user_taken t ON t.ord = x.ord AND t.user_key = x.user_key
)
