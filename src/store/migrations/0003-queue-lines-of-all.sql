-- Every destination that a run was sent to has its line of the queue: a retry of an old run would never be claimed without it.
INSERT INTO destination_queue (destination_id, default_runs)
  SELECT DISTINCT destination_id, 2 FROM run WHERE destination_id IS NOT NULL
  ON CONFLICT DO NOTHING;
-- Pauses of a destination are the process's own.
ALTER TABLE destination_queue DROP COLUMN paused_until;
