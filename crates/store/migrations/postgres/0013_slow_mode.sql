-- When somebody last sent a message where he may not send as often as he likes (slow mode), in milliseconds; NULL: not yet.
ALTER TABLE participant_state ADD COLUMN last_sent_at BIGINT;
