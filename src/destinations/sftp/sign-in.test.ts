import { expect, test } from 'vitest'
import type { AuthenticationType } from 'ssh2'
import { throwawayKey } from '../../../test/helpers/throwaway-key.ts'
import { readPrivateKey } from './private-key.ts'
import { nextMethod } from './sign-in.ts'

const key = readPrivateKey(throwawayKey(), undefined)
const both = { user: 'acme', password: 'word', key }
const withPassword = { ...both, key: undefined }

/** The order in which ways are tried by a server that names these and refuses each. */
function order(signIn: typeof withPassword | typeof both, offered: AuthenticationType[]): string[] {
  const tried = new Set<AuthenticationType>()
  for (let method = nextMethod(signIn, null, tried); method !== false; method = nextMethod(signIn, offered, tried)) tried.add(method.type)
  return [...tried]
}

test('the key goes before the password, and only ways that the server names are tried', () => {
  expect(order(both, ['publickey', 'password'])).toEqual(['none', 'publickey', 'password'])
  expect(order(both, ['password'])).toEqual(['none', 'password'])
  expect(order(withPassword, ['publickey'])).toEqual(['none'])
})

test('a password is shown once, by one of the two ways', () => {
  expect(order(withPassword, ['password', 'keyboard-interactive'])).toEqual(['none', 'password'])
  expect(order(withPassword, ['keyboard-interactive'])).toEqual(['none', 'keyboard-interactive'])
})

test('a server that wants key and password gets both', () => {
  expect(nextMethod(both, ['keyboard-interactive'], new Set(['none', 'publickey']))).toMatchObject({ type: 'keyboard-interactive' })
})

test('the password answers the first hidden question, once', () => {
  const method = nextMethod(withPassword, ['keyboard-interactive'], new Set(['none']))
  if (method === false || method.type !== 'keyboard-interactive') throw new Error('not the way that was expected')
  const answers: string[][] = []
  const ask = () =>
    method.prompt(
      '',
      '',
      '',
      [
        { prompt: 'Your name: ', echo: true },
        { prompt: 'Password: ', echo: false },
        { prompt: 'Code: ', echo: false },
      ],
      (given) => answers.push(given),
    )
  ask()
  ask()
  expect(answers).toEqual([
    ['', 'word', ''],
    ['', '', ''],
  ])
})
