/** Commands to try after the demo, ready to be copied. */

interface Demo {
  readonly query: string
  readonly orchestrations: readonly string[]
  readonly outbox: string
}

/** Whole command lines: with the name that this program was called by, and with `--data-dir` where it was given. */
export function nextCommands(
  demo: Demo,
  called: { readonly dataDir: string | undefined; readonly env: Readonly<Record<string, string | undefined>> },
): string[] {
  const program = called.env['SEGUE_PROGRAM'] ?? 'segue'
  const words = called.dataDir === undefined ? [program] : [program, '--data-dir', called.dataDir]
  const segue = (...args: readonly string[]): string => [...words, ...args].map(quoted).join(' ')
  const orchestration = demo.orchestrations[0] ?? ''
  return [
    segue('query', demo.query, '--param', 'least_value=1500'),
    segue('preview', orchestration),
    segue('run', orchestration, '--follow'),
    segue('runs'),
    segue('export'),
    segue('serve'),
    `ls -l ${quoted(demo.outbox)}`,
  ]
}

/** A word as a POSIX shell reads it back. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
