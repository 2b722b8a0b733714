-- What a conversation says of itself and how it is kept, and each participant's own state of it.
-- Codes: codes.rs. Only adding: a Parlor that does not know these columns goes on.

ALTER TABLE conversations ADD COLUMN description TEXT;
ALTER TABLE conversations ADD COLUMN avatar_url TEXT;
-- 1: its owner, 2: owner and admins, 3: anyone in it.
ALTER TABLE conversations ADD COLUMN who_may_add BIGINT NOT NULL DEFAULT 2;
-- What new members see. 1: all, 2: what is said since they joined.
ALTER TABLE conversations ADD COLUMN history BIGINT NOT NULL DEFAULT 1;
ALTER TABLE conversations ADD COLUMN read_only BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN slow_mode_s BIGINT NOT NULL DEFAULT 0;

-- Messages up to here are gone for him ("delete for me").
ALTER TABLE participant_state ADD COLUMN cleared_seq BIGINT NOT NULL DEFAULT 0;
-- Not in his list while the last message is the one of then, or an earlier one; NULL: in it.
ALTER TABLE participant_state ADD COLUMN hidden_seq BIGINT;
ALTER TABLE participant_state ADD COLUMN archived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE participant_state ADD COLUMN marked_unread BIGINT NOT NULL DEFAULT 0;
-- Milliseconds; beyond every time: until he says otherwise.
ALTER TABLE participant_state ADD COLUMN muted_until BIGINT;
ALTER TABLE participant_state ADD COLUMN pinned_at BIGINT;
