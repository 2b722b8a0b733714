-- Blocks of messages that are counted have 32 numbers now, not 1024: the n-th block, from 0, has seq 32 * n + 1 to
-- 32 * (n + 1). What was counted in the larger ones is forgotten; the job `counting` counts anew, and until it has,
-- unread messages are counted one by one. No release knows the larger ones.

DELETE FROM message_counts;
UPDATE conversations SET counted_seq = 0 WHERE counted_seq > 0;
