import { describe, expect, it } from 'vitest'
import { entityTag, parseIfMatch } from './entity-tag.ts'

describe('parseIfMatch', () => {
  it('reads the tag of a version', () => {
    expect(parseIfMatch(entityTag(17))).toBe(17)
    expect(parseIfMatch(' "17" ')).toBe(17)
  })

  it('tells nothing sent from anything', () => {
    expect(parseIfMatch(undefined)).toBeNull()
    expect(parseIfMatch('*')).toBe('newest')
  })

  it.each(['W/"1"', '1', '"1", "2"', '"x"', '', '"-1"', '"1e3"'])('refuses %s, which no object has', (header) => {
    expect(() => parseIfMatch(header)).toThrow(/VERSION_CONFLICT/)
  })
})
