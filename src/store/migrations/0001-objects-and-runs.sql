-- The first tables: the instance, the objects of configuration with their revisions, secrets, and runs.

CREATE TABLE instance (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Data keys encrypt secrets; each is wrapped by the instance key, which is never here.
-- A wrapped key that the instance key does not open is how a wrong instance key shows.
CREATE TABLE data_key (
  id text PRIMARY KEY,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE object (
  id text PRIMARY KEY,
  kind text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  spec jsonb NOT NULL,
  managed_by text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- An archived object is deleted for people; its history stays.
  archived_at timestamptz
);
CREATE UNIQUE INDEX object_name ON object (kind, name) WHERE archived_at IS NULL;

-- Who uses whom. Rows of an archived object are removed, so that what it used may be deleted.
CREATE TABLE object_reference (
  from_id text NOT NULL REFERENCES object ON DELETE CASCADE,
  field text NOT NULL,
  to_id text NOT NULL REFERENCES object,
  PRIMARY KEY (from_id, field, to_id)
);
CREATE INDEX object_reference_to ON object_reference (to_id);

CREATE TABLE object_revision (
  object_id text NOT NULL REFERENCES object ON DELETE CASCADE,
  number integer NOT NULL,
  action text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  before jsonb,
  after jsonb,
  PRIMARY KEY (object_id, number)
);

-- Facts learned at a connection (a host key pinned at first sight).
CREATE TABLE remembered_fact (
  object_id text NOT NULL REFERENCES object ON DELETE CASCADE,
  fact text NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (object_id, fact)
);

CREATE TABLE secret (
  object_id text NOT NULL REFERENCES object ON DELETE CASCADE,
  field text NOT NULL,
  data_key_id text NOT NULL REFERENCES data_key,
  sealed bytea NOT NULL,
  -- The text of the reference that the value came from (${env:NAME}), never the value.
  reference text,
  last4 text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (object_id, field)
);

CREATE TABLE run (
  id text PRIMARY KEY,
  orchestration_id text NOT NULL REFERENCES object,
  -- The name at the time; runs are found by it after a rename too, through the id.
  orchestration_name text NOT NULL,
  state text NOT NULL,
  phase text,
  trigger text NOT NULL,
  actor text NOT NULL,
  retry_of text REFERENCES run,
  scheduled_at timestamptz,
  requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  cancel_requested_at timestamptz,
  epoch bigint NOT NULL DEFAULT 0,
  -- The configuration it runs with: objects by role, with their revision numbers. No secrets.
  pinned jsonb NOT NULL,
  progress jsonb,
  warnings jsonb NOT NULL DEFAULT '[]',
  reason text,
  error jsonb
);
CREATE UNIQUE INDEX run_active ON run (orchestration_id) WHERE state IN ('queued', 'running', 'retry_wait', 'held', 'needs_review', 'blocked', 'cancelling');
CREATE INDEX run_by_orchestration ON run (orchestration_id, id DESC);

CREATE TABLE run_dataset (
  run_id text NOT NULL REFERENCES run ON DELETE CASCADE,
  number integer NOT NULL,
  name text NOT NULL,
  queried bigint,
  delivered bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  unknown bigint NOT NULL DEFAULT 0,
  pending bigint NOT NULL DEFAULT 0,
  possible_duplicate bigint NOT NULL DEFAULT 0,
  -- [{code, column, rows}]
  rejects jsonb NOT NULL DEFAULT '[]',
  columns jsonb,
  PRIMARY KEY (run_id, number)
);

CREATE TABLE part (
  id text PRIMARY KEY,
  run_id text NOT NULL,
  dataset integer NOT NULL,
  number integer NOT NULL,
  state text NOT NULL,
  epoch bigint NOT NULL DEFAULT 0,
  -- A file's names; the final one may get a number when it is published.
  name text,
  temporary_name text,
  rows bigint,
  bytes bigint,
  sha256 text,
  published_at timestamptz,
  FOREIGN KEY (run_id, dataset) REFERENCES run_dataset ON DELETE CASCADE,
  UNIQUE (run_id, dataset, number)
);

-- The timeline of a run: every change of state, with who or what caused it.
CREATE TABLE run_event (
  run_id text NOT NULL REFERENCES run ON DELETE CASCADE,
  number integer NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (run_id, number)
);

-- Answers to requests that carried an Idempotency-Key, kept for 24 hours.
CREATE TABLE idempotency_key (
  key text NOT NULL,
  actor text NOT NULL,
  route text NOT NULL,
  request_hash text NOT NULL,
  run_id text NOT NULL REFERENCES run ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (actor, route, key)
);
