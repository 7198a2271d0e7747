/**
 * Places where a test may end the process, or stop it, as if the power had gone: between what is done and what is written about it.
 * Nothing listens to them but tests.
 */
export const crashPoints = [
  'claimed',
  'planned',
  'extracted',
  'frozen',
  'intent_written',
  'file_sent',
  'file_staged',
  'publish_intent_written',
  'file_renamed',
  'file_published',
  'parts_planned',
  'batch_sent',
  'verdicts_written',
  'checkpoint_written',
  'ledger_written',
  'ended',
] as const
export type CrashPoint = (typeof crashPoints)[number]
