import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from './secret.ts'

test('a secret shows itself only when it is asked to', () => {
  const secret = new Secret('hunter2')
  expect(secret.reveal()).toBe('hunter2')
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ deep: [secret] }),
    format('%s %o %j', secret, secret, secret),
    Object.entries(secret).join(),
  ]
  for (const text of shown) expect(text).not.toContain('hunter2')
  expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}')
})
