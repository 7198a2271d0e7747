/** The tables as Kysely sees them. bigint and numeric columns are strings here on purpose: see connect.ts. */
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { ObjectKind } from '../contract/objects.ts'
import type { PartState, RejectReason, RunPhase, RunProgress, RunState } from '../contract/runs.ts'

/** int8 is read as a string, and written as a string or bigint; numbers are for safe row counts only. */
type Int8 = ColumnType<string, string | bigint | number | undefined, string | bigint | number>
type NullableInt8 = ColumnType<string | null, string | bigint | number | null | undefined, string | bigint | number | null>
type Time = ColumnType<Date, Date | string | undefined, Date | string>
/** A jsonb column that may be null; written as JSON text. */
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>
type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>

interface InstanceTable {
  singleton: Generated<boolean>
  id: string
  created_at: Time
}

interface DataKeyTable {
  id: string
  wrapped: Buffer
  created_at: Time
}

interface ObjectTable {
  id: string
  kind: ObjectKind
  name: string
  version: Generated<number>
  spec: JSONColumnType<object>
  managed_by: string | null
  created_at: Time
  updated_at: Time
  archived_at: NullableTime
}

interface ObjectReferenceTable {
  from_id: string
  field: string
  to_id: string
}

interface ObjectRevisionTable {
  object_id: string
  number: number
  action: string
  actor: string
  at: Time
  before: NullableJson<object>
  after: NullableJson<object>
}

interface RememberedFactTable {
  object_id: string
  fact: string
  value: string
}

interface SecretTable {
  object_id: string
  field: string
  data_key_id: string
  sealed: Buffer
  reference: string | null
  last4: string
  updated_at: Time
}

interface RunTable {
  id: string
  orchestration_id: string
  orchestration_name: string
  state: RunState
  phase: RunPhase | null
  trigger: string
  actor: string
  retry_of: string | null
  scheduled_at: NullableTime
  requested_at: Time
  started_at: NullableTime
  ended_at: NullableTime
  cancel_requested_at: NullableTime
  epoch: Int8
  destination_id: string | null
  priority: Generated<number>
  not_before: Time
  waits: Generated<boolean>
  owner: string | null
  lease_until: NullableTime
  deaths: Generated<number>
  tries: Generated<number>
  cancel_reason: string | null
  retry_what: 'left' | 'rejected' | null
  frozen_at: NullableTime
  spool: string | null
  decide_until: NullableTime
  written_off_at: NullableTime
  released_at: NullableTime
  pinned: JSONColumnType<object>
  progress: NullableJson<RunProgress>
  warnings: ColumnType<string[], string | undefined, string>
  reason: string | null
  error: NullableJson<object>
}

interface RunDatasetTable {
  run_id: string
  number: number
  name: string
  queried: NullableInt8
  delivered: Int8
  rejected: Int8
  skipped: Int8
  unknown: Int8
  pending: Int8
  possible_duplicate: Int8
  rejects: ColumnType<RejectReason[], string | undefined, string>
  columns: NullableJson<object[]>
  frozen: NullableJson<FrozenDataset>
  planned_to: Int8
  ledger: string | null
  rejected_rows: string | null
}

/** Frozen input of a dataset. Files are relative to the run's spool folder. */
export interface FrozenDataset {
  /** null where the rows went straight into the temporary file. */
  readonly file: string | null
  /** Rows that cannot be sent; for records only. */
  readonly refused?: string
  /** Batches are cut within windows of so many rows; for records only. */
  readonly windowRows?: number
  readonly rows: number
  readonly bytes: number
  readonly sha256: string | null
}

interface DestinationQueueTable {
  destination_id: string
  default_runs: number
  last_claim_at: NullableTime
}

interface PartTable {
  id: string
  run_id: string
  dataset: number
  number: number
  state: PartState
  epoch: Int8
  name: string | null
  temporary_name: string | null
  rows: NullableInt8
  bytes: NullableInt8
  sha256: string | null
  published_at: NullableTime
  stable_id: string
  parent: string | null
  from_row: NullableInt8
  to_row: NullableInt8
  ordinals: NullableJson<number[]>
  attempts: Generated<number>
  spent: Generated<number>
  delivered: Int8
  rejected: Int8
  possible_duplicate: Generated<boolean>
  may_have_arrived: Generated<boolean>
  settled_at: NullableTime
  publish_asked_at: NullableTime
  reason: string | null
  verdict_file: string | null
}

interface RunEventTable {
  run_id: string
  number: number
  at: Time
  event: string
  detail: JSONColumnType<object>
}

interface IdempotencyKeyTable {
  key: string
  actor: string
  route: string
  request_hash: string
  run_id: string
  created_at: Time
}

export interface Tables {
  instance: InstanceTable
  data_key: DataKeyTable
  object: ObjectTable
  object_reference: ObjectReferenceTable
  object_revision: ObjectRevisionTable
  remembered_fact: RememberedFactTable
  secret: SecretTable
  run: RunTable
  destination_queue: DestinationQueueTable
  run_dataset: RunDatasetTable
  part: PartTable
  run_event: RunEventTable
  idempotency_key: IdempotencyKeyTable
}
