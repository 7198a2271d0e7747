-- The run table is the queue: who works on a run is a lease with an epoch, and a part is what a run resumes at.

ALTER TABLE run
  ADD COLUMN destination_id text REFERENCES object,
  ADD COLUMN priority integer NOT NULL DEFAULT 0,
  -- Not before this time by the database's clock: a new run, or one that waits for its next try.
  ADD COLUMN not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Waits behind the active run of its orchestration; the end of that one lets it go.
  ADD COLUMN waits boolean NOT NULL DEFAULT false,
  ADD COLUMN owner text,
  ADD COLUMN lease_until timestamptz,
  -- Workers that died on it since its last checkpoint.
  ADD COLUMN deaths integer NOT NULL DEFAULT 0,
  -- Tries that failed since then.
  ADD COLUMN tries integer NOT NULL DEFAULT 0,
  ADD COLUMN cancel_reason text,
  -- What a retry run takes over: what was left of the other run, or the rows that were rejected.
  ADD COLUMN retry_what text,
  -- The input is frozen from here on; `spool` is its folder below the spool directory: `<run>/<epoch>`.
  ADD COLUMN frozen_at timestamptz,
  ADD COLUMN spool text,
  -- Nobody decided until then: a blocked, held or reviewed run ends as cancelled.
  ADD COLUMN decide_until timestamptz,
  -- A person let go what this run left undelivered.
  ADD COLUMN written_off_at timestamptz,
  ADD COLUMN released_at timestamptz;

UPDATE run SET destination_id = pinned #>> '{destination,id}';

-- Runs of the version before this one have no lease: the process that worked on them is gone once this is applied.
UPDATE run SET lease_until = clock_timestamp() WHERE state IN ('running', 'cancelling');

DROP INDEX run_active;
CREATE UNIQUE INDEX run_active ON run (orchestration_id)
  WHERE NOT waits AND state IN ('queued', 'running', 'retry_wait', 'held', 'needs_review', 'blocked', 'cancelling');
CREATE UNIQUE INDEX run_waiting ON run (orchestration_id) WHERE waits;
CREATE INDEX run_due ON run (destination_id, priority DESC, not_before, id) WHERE state IN ('queued', 'retry_wait') AND NOT waits;
CREATE INDEX run_claimed ON run (destination_id, lease_until) WHERE state IN ('running', 'cancelling');
CREATE INDEX run_undecided ON run (decide_until) WHERE state IN ('blocked', 'held', 'needs_review');
CREATE INDEX run_retries ON run (retry_of) WHERE retry_of IS NOT NULL;

-- One line of the queue per destination: how many runs at once where its settings do not say, who had the last turn, and until when it wants rest.
CREATE TABLE destination_queue (
  destination_id text PRIMARY KEY REFERENCES object ON DELETE CASCADE,
  default_runs integer NOT NULL,
  last_claim_at timestamptz,
  paused_until timestamptz
);
INSERT INTO destination_queue (destination_id, default_runs)
  SELECT DISTINCT destination_id, 2 FROM run WHERE destination_id IS NOT NULL AND state NOT IN ('succeeded', 'succeeded_with_rejects', 'failed', 'cancelled', 'skipped');

ALTER TABLE run_dataset
  -- What was frozen: {file, refused, rows, bytes, sha256, windowRows}; files are relative to the run's spool.
  ADD COLUMN frozen jsonb,
  -- Rows before this ordinal have parts.
  ADD COLUMN planned_to bigint NOT NULL DEFAULT 0,
  -- Files below the ledger directory, once the run has ended.
  ADD COLUMN ledger text,
  ADD COLUMN rejected_rows text;

ALTER TABLE part
  -- The idempotency key everywhere; a retry run inherits it.
  ADD COLUMN stable_id text,
  ADD COLUMN parent text,
  -- Rows of a batch: ordinals from the first to before the last; `ordinals` where it does not hold all of them.
  ADD COLUMN from_row bigint,
  ADD COLUMN to_row bigint,
  ADD COLUMN ordinals jsonb,
  ADD COLUMN attempts integer NOT NULL DEFAULT 0,
  -- Attempts that count against the budget: those that a rate limit ended do not.
  ADD COLUMN spent integer NOT NULL DEFAULT 0,
  ADD COLUMN delivered bigint NOT NULL DEFAULT 0,
  ADD COLUMN rejected bigint NOT NULL DEFAULT 0,
  ADD COLUMN possible_duplicate boolean NOT NULL DEFAULT false,
  -- The publish intent: its name is in `name` from then on.
  ADD COLUMN publish_asked_at timestamptz,
  ADD COLUMN reason text,
  -- NDJSON below the spool directory: verdicts of rows that were not simply accepted, and the exchange.
  ADD COLUMN verdict_file text;
UPDATE part SET stable_id = id;
ALTER TABLE part ALTER COLUMN stable_id SET NOT NULL;
CREATE INDEX part_open ON part (run_id, dataset, number) WHERE state IN ('pending', 'sending', 'staged', 'unknown');
