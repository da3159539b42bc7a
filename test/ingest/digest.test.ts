import { describe, expect, it } from 'vitest'
import { announcedSha256 } from '../../src/ingest/digest.ts'

// RFC 9530 Appendix D: the SHA-256 of {"hello": "world"} and a line feed, in base64 and, by `base64 -d | xxd -p`, in hex
const FIELD = 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:'
const HEX = '44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38'

describe('announcedSha256', () => {
  it.each([
    [[FIELD], HEX],
    [[`unixsum=30637, ${FIELD}`], HEX],
    [[`${FIELD};q=1`], HEX],
    [[FIELD.replace('sha-256', 'SHA-256')], HEX],
    [[undefined, FIELD], HEX],
    [['sha-512=:AAAA:', FIELD], HEX],
    [[FIELD, FIELD], HEX],
    [[], null],
    [[undefined], null],
    [[''], null],
    [['sha-512=:AAAA:'], null],
    [['sha-256x=:AAAA:'], null],
  ])('of %j is %s', (fields, wanted) => {
    expect(announcedSha256(...fields)).toBe(wanted)
  })

  it.each([
    'sha-256',
    'sha-256=',
    'sha-256=:AAAA:',
    FIELD.slice(0, -1),
    FIELD.replaceAll(':', ''),
    FIELD.replace('RK/0', 'RK-0'),
  ])('refuses %s', (field) => {
    expect(() => announcedSha256(field)).toThrow(expect.objectContaining({ kind: 'bad-digest-header' }))
  })

  it('refuses two that differ', () => {
    const other = FIELD.replace('RK/0', 'AAAA')
    expect(() => announcedSha256(FIELD, other)).toThrow(expect.objectContaining({ kind: 'digest-mismatch' }))
  })
})
