import { describe, expect, it } from 'vitest'
import { ipv4Text, ipv4Word, ipv6Text, ipv6Words, macText, macWords } from '../../src/summary/addresses.ts'
import { byConversation, type ConversationKey } from '../../src/summary/conversation-choice.ts'

describe('a conversation', () => {
  it.each<[ConversationKey, RegExp]>([
    [{ table: 'ipv4', a: '192.0.2.256', b: '192.0.2.1' }, /192\.0\.2\.256: not an address of the ipv4 table/],
    [{ table: 'ipv6', a: '2001:db8::1', b: '192.0.2.1' }, /not an address of the ipv6 table/],
    [{ table: 'ethernet', a: '02:00:00:00:00:01', b: '02:00:00:00:00' }, /not an address of the ethernet table/],
    [{ table: 'tcp', a: '2001:db8::1', b: '192.0.2.1' }, /different kinds/],
    [{ table: 'tcp', a: '192.0.2.1', b: '192.0.2.2', aPort: 80 }, /a port at each end/],
    [{ table: 'udp', a: '192.0.2.1', b: '192.0.2.2', aPort: 80, bPort: 65_536 }, /from 0 to 65535/],
    [{ table: 'ipv4', a: '192.0.2.1', b: '192.0.2.2', aPort: 1, bPort: 2 }, /no ports/],
    [{ table: 'tcp', stream: -1 }, /numbered from 0/],
    [{ table: 'udp', stream: 200_000 }, /the first 200000/],
  ])('that cannot be is refused in words: %o', (key, words) => {
    expect(() => byConversation(key)).toThrow(words)
  })
})

describe('addresses', () => {
  it.each(['0.0.0.0', '192.0.2.1', '255.255.255.255'])('%s is read as it is written', (text) => {
    expect(ipv4Text(ipv4Word(text) as number)).toBe(text)
  })

  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['fe80::', 'fe80::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s is %s', (text, same) => {
    expect(ipv6Text(ipv6Words(text) as [number, number, number, number])).toBe(same)
  })

  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::',
    '::1.2.3',
    '1.2.3.4',
  ])('%s is no IPv6 address', (text) => {
    expect(ipv6Words(text)).toBeNull()
  })

  it('MAC addresses have colons or hyphens', () => {
    expect(macText(...(macWords('02-AB-00-00-00-01') as [number, number]))).toBe('02:ab:00:00:00:01')
    expect(macWords('02:ab-00:00:00:01')).toBeNull()
  })
})
