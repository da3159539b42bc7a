/** Wireshark's files out of a profile: what its own programs read, and nothing that a field could begin by itself. */
import { describe, expect, it } from 'vitest'
import { colorfiltersOf, filesOf, rulesIn } from '../../../src/web/viewer/engine-files.ts'
import { FIRST, type Profile, profileFrom, type WirelessKey } from '../../../src/web/viewer/profile.ts'
import { inFile, profileFile } from '../../../src/web/viewer/profile-file.ts'

const files = (profile: Partial<Profile>) => filesOf({ ...FIRST, ...profile }, [{ title: 'No.', format: '%m' }])
const lines = (text = '') => text.split('\n').slice(0, -1)

describe('files of the engine', () => {
  it('are written as Wireshark writes them', () => {
    expect(
      files({
        colours: [
          { name: 'one', filter: 'tcp || udp', ink: 0x000001, ground: 0xff8000, isOn: true },
          { name: 'off', filter: 'arp', ink: 0, ground: 0xffffff, isOn: false },
        ],
        decodeAs: [{ table: 'udp.port', port: 5353, dissector: 'DNS' }],
        names: {
          mac: false,
          transport: true,
          network: true,
          dns: false,
          hosts: '# mine\n192.0.2.1\tgw # it\r\n\n::1 me',
        },
        keys: [{ kind: 'wpa-pwd', key: 'say "hello":home' }],
      }),
    ).toEqual({
      preferences: `gui.column.format: "No.", "%m", "commented", "%Cus:pkt_comment:0:R"
nameres.mac_name: FALSE
nameres.transport_name: TRUE
nameres.network_name: TRUE
nameres.dns_pkt_addr_resolution: FALSE
wlan.enable_decryption: TRUE
`,
      colorfilters: `@one@tcp || udp@[65535,32896,0][0,0,257]
!@off@arp@[65535,65535,65535][0,0,0]
`,
      decode_as_entries: 'decode_as_entry: udp.port,5353,(none),DNS\n',
      '80211_keys': '"wpa-pwd","say \\x22hello\\x22:home"\n',
      hosts: '192.0.2.1\tgw\n::1 me\n',
    })
  })

  it('leave the colours to the engine where a profile has none', () => {
    expect(files({}).colorfilters).toBeUndefined()
    expect(files({ colours: [] }).colorfilters).toBe('')
  })

  const EVIL = ['\n', '\r', '"\n', '\u0085', '\u2028', '@', '\\', '"', '\0'].map(
    (one) => `x${one}nameres.mac_name: TRUE`,
  )
  it.each(EVIL)('have no line more for %j in any field', (evil) => {
    const many = files({
      colours: [{ name: evil, filter: evil, ink: 0, ground: 0, isOn: true }],
      decodeAs: [{ table: 'tcp.port', port: 1, dissector: evil }],
      names: { ...FIRST.names, hosts: evil },
      keys: [{ kind: 'wpa-pwd', key: `${evil}:${evil}`.slice(0, 60) }],
    })
    const most = { preferences: 6, colorfilters: 1, decode_as_entries: 0, '80211_keys': 1, hosts: 2 }
    for (const [name, count] of Object.entries(most)) {
      const found = lines(many[name])
      expect([name, found.length <= count && !found.slice(5).join().startsWith('nameres')]).toEqual([name, true])
    }
    const [column] = lines(filesOf(FIRST, [{ title: evil, format: `%Cus:${evil}` }]).preferences)
    expect(column).toMatch(/^gui\.column\.format: "(?:[^"\\]|\\.)*", "(?:[^"\\]|\\.)*", "commented", "[^"]*"$/)
    expect(lines(filesOf(FIRST, [{ title: evil, format: evil }]).preferences)).toHaveLength(5)
  })
})

describe('a profile from elsewhere', () => {
  it.each<[WirelessKey, boolean]>([
    [{ kind: 'wep', key: '1f:1f:1f:1f:1f' }, true],
    [{ kind: 'wep', key: '0123456789abcdef0123456789' }, true],
    [{ kind: 'wep', key: '1f1f1f1f' }, false],
    [{ kind: 'wpa-psk', key: 'a'.repeat(64) }, true],
    [{ kind: 'wpa-psk', key: 'a'.repeat(63) }, false],
    [{ kind: 'wpa-pwd', key: '12345678' }, true],
    [{ kind: 'wpa-pwd', key: '1234567' }, false],
    [{ kind: 'wpa-pwd', key: '1234567%3a:net' }, true],
    [{ kind: 'wpa-pwd', key: '12345678%zz' }, false],
    [{ kind: 'wpa-pwd', key: 'a:b:c12345678' }, false],
    [{ kind: 'wpa-pwd', key: `12345678:${'s'.repeat(33)}` }, false],
    [{ kind: 'wpa-pwd', key: 'x'.repeat(64) }, false],
  ])('has the key %o: %s', (key, isOne) => {
    const { profile, left } = profileFrom({ keys: [key] })
    expect([profile.keys.length, left.length]).toEqual(isOne ? [1, 0] : [0, 1])
    expect(lines(files({ keys: [key] })['80211_keys'])).toHaveLength(isOne ? 1 : 0)
    expect(left.join()).not.toContain(key.key) // a secret is no part of a notice
  })

  it.each([null, 7, 'text', [], {}, { columns: 1, colours: {}, time: [], decodeAs: 'x', names: null, keys: 4 }])(
    'that is %j is the one that everybody begins with',
    (value) => {
      expect(profileFrom(value)).toEqual({ profile: FIRST, left: [] })
    },
  )

  it('says what it leaves out, and how many more there were than there may be', () => {
    const rule = { name: 'r', filter: 'tcp', ink: 1, ground: 2, isOn: true }
    const { profile, left } = profileFrom({
      colours: [...Array.from({ length: 100 }, () => rule), rule, rule],
      decodeAs: [{ table: 'tcp.port', port: 70_000, dissector: 'HTTP' }],
      names: { hosts: 'no address' },
    })
    expect([profile.colours?.length, profile.decodeAs, profile.names.hosts]).toEqual([100, [], ''])
    expect(left).toHaveLength(3)
  })
})

it('reads Wireshark’s colour rules, and writes them as they were', () => {
  const file = `@TCP RST@tcp.flags.reset eq 1@[42148,0,0][65535,64764,40092]
!@ARP@arp@[64250,61680,55255][4718,10030,11796]
`
  expect(rulesIn(`# made by Wireshark\nnonsense\n${file}`)).toEqual([
    { name: 'TCP RST', filter: 'tcp.flags.reset eq 1', ground: 0xa40000, ink: 0xfffc9c, isOn: true },
    { name: 'ARP', filter: 'arp', ground: 0xfaf0d7, ink: 0x12272e, isOn: false },
  ])
  expect(rulesIn(colorfiltersOf(rulesIn(file)))).toEqual(rulesIn(file))
})

it('gives a profile out and takes it in, without its secrets unless they are asked for', () => {
  const profile: Profile = { ...FIRST, keys: [{ kind: 'wep', key: '0123456789' }] }
  const [plain, whole] = [profileFile('mine', profile, false), profileFile('mine', profile, true)]
  expect(plain).not.toContain('0123456789')
  expect(inFile(plain)).toEqual({ name: 'mine', profile: FIRST, left: [] })
  expect(inFile(whole)).toEqual({ name: 'mine', profile, left: [] })
  for (const none of ['', '{}', 'null', '[]', 'text', '{"kind":"pcaport viewer profile"}'])
    expect(inFile(none)).toBeNull()
})
