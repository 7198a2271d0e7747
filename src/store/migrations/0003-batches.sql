-- What batches of rows need beside files.

ALTER TABLE part
  -- Some attempt may have arrived, and no answer says so: what was never settled afterwards is unknown, not skipped.
  ADD COLUMN may_have_arrived boolean NOT NULL DEFAULT false,
  -- Of the last checkpoint.
  ADD COLUMN settled_at timestamptz,
  DROP CONSTRAINT part_run_id_dataset_number_key;
CREATE INDEX part_of_run ON part (run_id, id);

-- Every destination that a run was sent to has its line of the queue: a retry of an old run would never be claimed without it.
INSERT INTO destination_queue (destination_id, default_runs)
  SELECT DISTINCT destination_id, 2 FROM run WHERE destination_id IS NOT NULL
  ON CONFLICT DO NOTHING;
-- Pauses of a destination are the process's own.
ALTER TABLE destination_queue DROP COLUMN paused_until;
