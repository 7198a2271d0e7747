import { expect, test } from 'vitest'
import { describeHostKey, hostKeyError, judgeHostKey, otherFamilies } from './host-key.ts'

/** A key of OpenSSH's own documentation form: `ssh-keygen -lf` prints this fingerprint for it. */
const line = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
const githubEd25519 = { fingerprint: 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU', type: 'ssh-ed25519' }
const other = 'SHA256:uNiVztksCsDhcc0u9e8BrrJXVfG3xx2Nq2iUn4s5Ev0'

test('the fingerprint is the one that OpenSSH prints', () => {
  expect(describeHostKey(Buffer.from(line, 'base64'))).toEqual(githubEd25519)
})

test.each([
  [undefined, undefined, 'unpinned'],
  [undefined, githubEd25519.fingerprint, 'unpinned'],
  [githubEd25519.fingerprint, undefined, 'trusted'],
  [`${githubEd25519.fingerprint}=`, undefined, 'trusted'],
  [other, undefined, 'mismatch'],
  [other, githubEd25519.fingerprint, 'mismatch'],
  ['first-seen', undefined, 'new'],
  ['first-seen', githubEd25519.fingerprint, 'trusted'],
  ['first-seen', other, 'mismatch'],
])('with the setting %s and %s remembered the key is %s', (setting, remembered, verdict) => {
  expect(judgeHostKey(githubEd25519, { setting, remembered })).toBe(verdict)
})

test('the error shows the key that was met, and the pinned one', () => {
  const unpinned = hostKeyError('host:22', { setting: undefined, remembered: undefined }, [githubEd25519])
  expect(unpinned).toMatchObject({ code: 'HOST_KEY_UNPINNED', detail: expect.stringContaining(githubEd25519.fingerprint) })
  const mismatch = hostKeyError('host:22', { setting: 'first-seen', remembered: other }, [githubEd25519])
  expect(mismatch).toMatchObject({ code: 'HOST_KEY_MISMATCH', detail: expect.stringMatching(/\+DiY3.*uNiVz/) })
})

test('after a mismatch the families of keys that were not met are asked for', () => {
  expect(otherFamilies([githubEd25519]).flat()).not.toContain('ssh-ed25519')
  expect(otherFamilies([githubEd25519, { fingerprint: other, type: 'ssh-rsa' }])).toHaveLength(1)
})
