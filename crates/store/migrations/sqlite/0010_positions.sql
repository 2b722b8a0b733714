-- Which of a block's numbers are a sender's messages, one bit each, the lowest for the first: what is unread of a block
-- in whose middle somebody has read to is then known without its messages. What was counted is forgotten; the job
-- `counting` counts anew, and until it has, unread messages are counted one by one. No release knows blocks of 32.

DELETE FROM message_counts;
UPDATE conversations SET counted_seq = 0 WHERE counted_seq > 0;
ALTER TABLE message_counts ADD COLUMN positions INTEGER NOT NULL DEFAULT 0;
