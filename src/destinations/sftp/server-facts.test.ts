import { expect, test } from 'vitest'
import { serverFacts } from './server-facts.ts'

test.each([
  ['OpenSSH with its limits', 'OpenSSH_9.2p1 Debian-2', 261_120, 261_120],
  ['OpenSSH of before 2021, which states none', 'OpenSSH_7.4', null, 261_120],
  ['a server that states a small limit', 'OtherSFTP', 65_536, 65_536],
  ['a server that states a smaller one than is safe', 'OtherSFTP', 16_384, 16_384],
  ['a server that states no bound', 'OtherSFTP', 0, 261_120],
  ['any other server', 'OtherSFTP', null, 31_744],
  ['a server whose software is not known', '', null, 31_744],
])('%s is written to in blocks that it takes', (_server, software, stated, expected) => {
  expect(serverFacts(software, [], stated).blockBytes).toBe(expected)
})

test('about 2 to 4 MB may be under way, whatever the size of the blocks', () => {
  for (const stated of [null, 0, 65_536]) {
    const { blockBytes, requestsAtOnce } = serverFacts('', [], stated)
    expect(blockBytes * requestsAtOnce).toBeGreaterThanOrEqual(1_000_000)
    expect(blockBytes * requestsAtOnce).toBeLessThan(4_500_000)
  }
})
