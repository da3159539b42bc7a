import { describe, expect, it } from 'vitest'
import type { Facts } from '../../../src/summary/facts.ts'
import { type Capture, capturePage } from '../../../src/web/pages/capture.tsx'
import { notFoundPage } from '../../../src/web/pages/not-found.tsx'
import { captureOf, factsOf, interfaceOf, NOW, ORIGIN, smallFacts } from '../fixture.ts'

const show = (capture: Partial<Capture> = {}, facts: Partial<Facts> | null = factsOf(), now = NOW) =>
  capturePage({ capture: captureOf(capture), summary: facts && { facts }, origin: ORIGIN, now })

/** What a reader sees, without markup. */
const textOf = (html: string) =>
  html
    .replace(/^.*<main[^>]*>/s, '')
    .replace(/<\/main>.*$/s, '')
    .replace(/<wbr\s*\/?>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

const statusIn = (html: string) => /class="status[^>]*><svg.*?<\/svg>(\w+)</s.exec(html)?.[1]

describe('the page of a capture', () => {
  it.each([
    ['uploading', 'uploading'],
    ['stored', 'processing'],
    ['parsing', 'processing'],
    ['ok', 'ok'],
    ['error', 'error'],
  ] as const)('calls %s %s', (state, word) => {
    expect(statusIn(show({ state }, state === 'ok' ? factsOf() : null))).toBe(word)
  })

  it('looks again by itself only while something is under way, ever more seldom', () => {
    const secondsAt = (age: number) =>
      Number(/data-refresh="(\d+)"/.exec(show({ state: 'parsing', createdAt: NOW.getTime() - age }, null))?.[1])
    expect([0, 5_000, 60_000, 3_600_000].map(secondsAt)).toEqual([1, 1, 12, 60])
    expect(show({ state: 'stored' }, null)).toContain('<noscript><meta http-equiv="refresh"')
    for (const state of ['ok', 'error'] as const)
      expect(show({ state })).not.toMatch(/http-equiv="refresh"|<main[^>]*data-refresh/)
  })

  it('shows how far a long capture has come, in whatever state its next part is', () => {
    for (const state of ['stored', 'parsing'] as const) {
      const html = show({ state, progress: 42 }, null)
      expect(html).toMatch(/<progress value="42" max="100"/)
      expect(textOf(html)).toMatch(/processing 42 %.*Reading the packets of/)
      expect(html).toContain('data-state="42 %"') // so that the page looks again when there is more
    }
    expect(show({ state: 'parsing' }, null)).not.toContain('<progress')
  })

  it('says what a capture is made of, how far it is, and why it could not be', () => {
    const make = { kind: 'merge', of: ['a', 'b', 'c'], dropDuplicates: false, tokenHash: '' } as const
    const made = { ...make, of: [...make.of] }
    const under = show({ state: 'uploading', make: made, progress: 30, size: 0 }, null)
    expect(textOf(under)).toMatch(/Putting 3 captures together.*looks again by itself/)
    expect(under).toMatch(/<progress value="30" max="100"/)
    const failure = { kind: 'source-gone', message: 'The capture a was deleted', at: null }
    const failed = show({ state: 'error', make: made, size: 0, failure }, null)
    expect(textOf(failed)).toMatch(/could not be made.*The capture a was deleted\./)
    expect(failed).not.toContain('/download"')
    const slice = { kind: 'slice', of: ['a'], selection: { numbers: { from: 1, to: 2 } }, tokenHash: '' } as const
    expect(textOf(show({ state: 'uploading', make: { ...slice, of: ['a'] } }, null))).toContain(
      'out of another capture',
    )
  })

  it('says why and where nothing could be read', () => {
    const text = textOf(
      show({ state: 'error', failure: { kind: 'unsupported', message: 'version 7.1', at: 1_234_567 } }, null),
    )
    expect(text).toContain('Version 7.1.')
    expect(text).toContain('at byte 1,234,567')
    expect(
      textOf(show({ state: 'error', failure: { kind: 'empty', message: 'no bytes', at: null } }, null)),
    ).not.toContain('at byte')
  })

  it('says where a capture is cut short, and that what was read counts', () => {
    const faults: Facts['faults'] = [{ at: 1_234_567, what: 'truncated-record', message: 'the file ends in a packet' }]
    const text = textOf(show({}, factsOf({ truncated: true, verdict: 'truncated', faults })))
    expect(text).toContain('This capture is cut short at byte 1,234,567')
    expect(text).toContain('The file ends in a packet.')
    expect(text).toContain('214,508')
    expect(textOf(show({}, factsOf({ verdict: 'damaged', faults })))).toContain('is damaged at byte 1,234,567')
  })

  it('shows all facts of a capture', () => {
    const text = textOf(show())
    for (const fact of [
      'branch-office-voip.pcapng',
      'Wireshark/... - pcapng',
      'Ethernet',
      '214,508',
      '46.1 MiB',
      '48,317,604 bytes',
      '41,239,118 bytes on the wire',
      '2026-10-01 21:00:05 .104237915',
      '2026-10-01 22:02:08 .548260117',
      '1 h 02 m 03.4 s',
      '3,723.444022202 s',
      '88,604.24 bit/s',
      '57.61 packets/s',
      '192.25 bytes',
      'Strict time order yes',
      'E-2276G',
      'Linux 6.12.41+deb13-amd64',
      'Dumpcap (Wireshark) 4.4.18',
      'Second attempt',
      'udp portrange 16384-32767',
      '10 Gbit/s',
      '41 for IPv4, 7 for IPv6',
      captureOf().sha1,
      captureOf().md5,
      captureOf().sha256,
    ])
      expect(text).toContain(fact)
  })

  it('shows no row for what the file does not say', () => {
    const text = textOf(show({ sha1: null, md5: null }, smallFacts()))
    for (const name of [
      'Capture hardware',
      'Application',
      'Resolved names',
      'Compression',
      'SHA-1',
      'MD5',
      'decryption secrets',
      'FCS',
    ])
      expect(text).not.toContain(name)
    expect(textOf(show({}, smallFacts({ snaplen: null, snaplenInferred: { min: 96, max: 96 } })))).toContain(
      'not set in the file packets were cut at 96 bytes',
    )
  })

  it('says that packets have no time rather than showing none', () => {
    const text = textOf(
      show(
        {},
        factsOf({
          firstTime: null,
          lastTime: null,
          duration: null,
          byteRate: 'n/a',
          bitRate: 'n/a',
          packetRate: 'n/a',
          strictTimeOrder: 'Unknown',
        }),
      ),
    )
    expect(text).toContain('some packets have no time')
    expect(text).not.toContain('n/a')
  })

  it('warns of secrets in the file, and says who can have them', () => {
    const facts = factsOf({ decryptionSecrets: 2 })
    const open = textOf(show({ visibility: 'unlisted' }, facts))
    expect(open).toContain('This capture holds decryption secrets')
    expect(open).toContain('whoever has the link')
    const closed = textOf(show({ visibility: 'private' }, facts))
    expect(closed).toMatch(/Before it is made public or shared, .* editcap --discard-all-secrets/)
    expect(textOf(show({}, factsOf()))).not.toContain('secrets')
  })

  it('shows notes on packets as text, at most 200 of them', () => {
    const noted = (count: number) =>
      Array.from({ length: count }, (_, n) => ({
        frame: n + 1,
        text: `<b>note ${n + 1}</b>`,
        user: 'noc',
        createdAt: 0,
      }))
    const shown = (count: number) =>
      capturePage({ capture: captureOf(), summary: null, origin: ORIGIN, now: NOW, notes: noted(count) })
    expect(shown(0)).not.toContain('Notes on packets')
    expect(shown(200).match(/&lt;b&gt;note/g)).toHaveLength(200)
    expect(shown(200)).not.toContain('there are more')
    expect(shown(201).match(/&lt;b&gt;note/g)).toHaveLength(200)
    expect(shown(201)).toContain('there are more')
    expect(shown(2)).not.toMatch(/<b>|noc/)
  })

  it('says in every state that an upload broke off', () => {
    for (const state of ['stored', 'parsing', 'ok', 'error'] as const)
      expect(textOf(show({ state, brokenOff: 'cut-off', size: 5000 }, null))).toContain(
        'The upload broke off after 5,000 bytes The connection of its sender was lost.',
      )
    expect(textOf(show({ brokenOff: 'too-slow' }))).toContain('stood still for too long')
    expect(textOf(show())).not.toContain('broke off')
  })

  it('shows 200 of 3,000 interfaces and says how many more there are', () => {
    const interfaces = Array.from({ length: 1000 }, (_, i) => interfaceOf({ if_name: `swp${i}`, packets: i }))
    const html = show({}, factsOf({ interfaces, interfaceCount: 3000 }))
    expect(html).toContain('swp199<')
    expect(html).not.toContain('swp200<')
    expect(textOf(html)).toContain('The first 200 are shown; the capture has 2,800 more interfaces.')
  })

  it('says how many texts the summary left out', () => {
    const leftOut = { sections: 0, interfaces: 0, faults: 0, texts: 12 }
    expect(textOf(show({}, factsOf({ leftOut })))).toContain('12 names and comments left out')
  })

  it('says once what all of many interfaces share', () => {
    const interfaces = Array.from({ length: 4 }, (_, i) => interfaceOf({ if_name: `swp${i}` }))
    const html = show({}, factsOf({ interfaces, interfaceCount: 4 }))
    expect(html.match(/10 Gbit\/s/g)?.length).toBe(1)
    expect(html.match(/swp\d</g)?.length).toBe(4)
  })

  it("shows the row's own facts where the summary cannot be had", () => {
    const { fileType, ...facts } = smallFacts()
    const html = show({ facts: { ...facts, fileType: String(fileType), dataSize: 1 } }, null)
    expect(textOf(html)).toContain('30.394 s')
    expect(() => show({}, null)).not.toThrow()
    expect(() => show({}, {})).not.toThrow()
  })

  it('is found by no search engine, and previews nothing of a private capture', () => {
    for (const visibility of ['unlisted', 'private'] as const)
      expect(show({ visibility })).toContain('<meta name="robots" content="noindex, nofollow"/>')
    expect(show()).toContain('<meta property="og:description" content="214,508 packets · 1 h 02 m 03.4 s · 46.1 MiB"/>')
    expect(show({ visibility: 'private' })).not.toMatch(/property="og:|name="description"/)
  })

  it('links to the download once there is something to download', () => {
    const link = `href="/captures/${captureOf().id}/download"`
    expect(show({ state: 'uploading' }, null)).not.toContain(link)
    for (const state of ['stored', 'parsing', 'ok', 'error'] as const) expect(show({ state }, null)).toContain(link)
  })

  it('shows a capture that is being deleted as none', () => {
    expect(show({ state: 'doomed' })).toBe(notFoundPage({ origin: ORIGIN }))
  })
})

describe('text from outside', () => {
  const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u202e\u0000\u2066`
  const everywhere = () =>
    show(
      { filename: HOSTILE, tags: [HOSTILE], comments: HOSTILE },
      factsOf({
        comments: [HOSTILE],
        sections: [
          {
            byteOrder: 'little',
            version: '1.0',
            hardware: HOSTILE,
            os: HOSTILE,
            application: HOSTILE,
            comments: [HOSTILE],
          },
        ],
        interfaces: [
          interfaceOf({
            if_name: HOSTILE,
            if_description: HOSTILE,
            if_filter: HOSTILE,
            if_IPv4addr: [HOSTILE],
            comments: [HOSTILE],
          }),
        ],
        faults: [{ at: 1, what: 'left-out', message: HOSTILE }],
      }),
    )

  it('is never markup', () => {
    const html = everywhere()
    expect(html.match(/<script/g)?.length).toBe(1)
    expect(html).not.toContain('<img')
    expect(html).toContain('&amp;amp;')
    expect(html).not.toMatch(/(?:value|content|title)="[^"]*'?><script/)
  })

  it('has nothing in it that is not seen or turns the line around', () => {
    const html = everywhere()
    expect(html).not.toMatch(/[[\p{Cc}\p{Bidi_Control}]--[\n\t]]/v)
    expect(html).toContain('<span class="unseen">U+202E</span>')
    expect(html).toMatch(/<title>[^<]*⟨U\+202E⟩⟨U\+0000⟩⟨U\+2066⟩[^<]*<\/title>/)
  })

  it('keeps its lines, its joiners and its script', () => {
    const html = show({ comments: 'one\r\ntwo\n\tthree', filename: 'शक्‍ति 👩‍💻 مرحبا.pcap' })
    expect(html).toContain('<bdi>one</bdi><br/><bdi>two</bdi><br/><bdi>three</bdi>')
    const notes = [{ frame: 1, text: 'one\r\ntwo\n\tthree', user: 'x', createdAt: 0 }]
    expect(capturePage({ capture: captureOf(), summary: null, origin: ORIGIN, now: NOW, notes })).toContain(
      'one\ntwo\n\tthree',
    )
    expect(html).toContain('<bdi>शक्‍ति 👩‍💻 مرحبا.pcap</bdi>')
  })

  it('in an error message too', () => {
    expect(show({ state: 'error', failure: { kind: 'x', message: HOSTILE, at: 0 } }, null)).not.toContain('<img')
  })
})
