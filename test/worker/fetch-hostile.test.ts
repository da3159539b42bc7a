/** Server-side request forgery: addresses in every disguise, names that lead inside, redirects, resolvers that change their mind. */
import { describe, expect, it } from 'vitest'
import { FetchFailure, openRemote } from '../../src/ingest/remote.ts'
import { isPublic, targetOf } from '../../src/ingest/target.ts'
import { PUBLIC, type Server, serverOf, type World, worldOf } from '../support/net.ts'
import { CAPTURE } from '../support/uploads.ts'

const RULES = { hosts: [], ownHosts: ['pcaport.example', 'pcaport.lab.workers.dev'], local: [] }

/** URLs that lead inside, or nowhere, in the forms of https://portswigger.net/web-security/ssrf/url-validation-bypass-cheat-sheet and RFC 6890. */
const HOSTILE: [string, string][] = [
  ['loopback', 'http://127.0.0.1/x.pcap'],
  ['loopback, another', 'http://127.8.9.10/'],
  ['loopback, of https', 'https://127.0.0.1/'],
  ['loopback, in short', 'http://127.1/'],
  ['loopback, in three parts', 'http://127.0.1/'],
  ['loopback, decimal', 'http://2130706433/'],
  ['loopback, octal', 'http://0177.0.0.1/'],
  ['loopback, octal as one', 'http://017700000001/'],
  ['loopback, hexadecimal', 'http://0x7f000001/'],
  ['loopback, hexadecimal parts', 'http://0x7f.0x0.0x0.0x1/'],
  ['loopback, mixed', 'http://0x7f.1/'],
  ['loopback, trailing dot', 'http://127.0.0.1./'],
  ['loopback, two trailing dots', 'http://127.0.0.1../'],
  ['this server, two trailing dots', 'https://pcaport.example../'],
  ['localhost, two trailing dots', 'http://localhost../'],
  ['loopback, in wide digits', 'http://１２７.０.０.１/'],
  ['loopback, in circled digits', 'http://①②⑦.⓪.⓪.①/'],
  ['loopback, with an ideographic full stop', 'http://127。0。0。1/'],
  ['loopback, percent-encoded', 'http://%31%32%37.0.0.1/'],
  ['loopback, with a port', 'http://127.0.0.1:8080/'],
  ['loopback, with tabs', 'http://127.0.\t0.1/'],
  ['loopback, with backslashes', 'http:\\\\127.0.0.1\\x'],
  ['loopback, without slashes', 'http:127.0.0.1'],
  ['loopback behind credentials', 'http://files.example@127.0.0.1/'],
  ['loopback behind a fragment that looks like a host', 'http://127.0.0.1#@files.example/'],
  ['loopback behind credentials with a backslash', 'http://127.0.0.1\\@files.example/'],
  ['the unspecified address', 'http://0.0.0.0/'],
  ['zero', 'http://0/'],
  ['this network', 'http://0.1.2.3/'],
  ['private 10/8', 'http://10.0.0.1/'],
  ['private 172.16/12', 'http://172.31.255.254/'],
  ['private 192.168/16', 'http://192.168.1.1/'],
  ['private, decimal', 'http://3232235777/'],
  ['link-local', 'http://169.254.1.1/'],
  ['metadata of clouds', 'http://169.254.169.254/latest/meta-data/'],
  ['metadata, decimal', 'http://2852039166/'],
  ['metadata, hexadecimal', 'http://0xA9FEA9FE/'],
  ['metadata, octal', 'http://0251.0376.0251.0376/'],
  ['metadata of Alibaba', 'http://100.100.100.200/'],
  ['shared address space', 'http://100.64.0.1/'],
  ['protocol assignments', 'http://192.0.0.192/'],
  ['documentation', 'http://192.0.2.1/'],
  ['benchmarking', 'http://198.18.0.1/'],
  ['multicast', 'http://224.0.0.1/'],
  ['reserved', 'http://240.0.0.1/'],
  ['broadcast', 'http://255.255.255.255/'],
  ['v6 loopback', 'http://[::1]/'],
  ['v6 loopback, long', 'http://[0000:0000:0000:0000:0000:0000:0000:0001]/'],
  ['v6 unspecified', 'http://[::]/'],
  ['v4-mapped loopback', 'http://[::ffff:127.0.0.1]/'],
  ['v4-mapped loopback, hexadecimal', 'http://[::ffff:7f00:1]/'],
  ['v4-mapped metadata', 'http://[::ffff:a9fe:a9fe]/'],
  ['v4-mapped private', 'http://[0:0:0:0:0:ffff:10.0.0.1]/'],
  ['v4-compatible', 'http://[::127.0.0.1]/'],
  ['v4-compatible of a public one', 'http://[::8.8.8.8]/'],
  ['SIIT', 'http://[::ffff:0:127.0.0.1]/'],
  ['NAT64 of loopback', 'http://[64:ff9b::127.0.0.1]/'],
  ['NAT64 of metadata', 'http://[64:ff9b::a9fe:a9fe]/'],
  ['NAT64 for use inside', 'http://[64:ff9b:1::8.8.8.8]/'],
  ['6to4 of loopback', 'http://[2002:7f00:1::]/'],
  ['6to4 of a private one', 'http://[2002:c0a8:101::1]/'],
  ['Teredo', 'http://[2001:0:7f00:1::]/'],
  ['unique local', 'http://[fd00::1]/'],
  ['metadata of AWS in v6', 'http://[fd00:ec2::254]/'],
  ['v6 link-local', 'http://[fe80::1]/'],
  ['v6 link-local with a zone', 'http://[fe80::1%25eth0]/'],
  ['site-local', 'http://[fec0::1]/'],
  ['v6 multicast', 'http://[ff02::1]/'],
  ['v6 documentation', 'http://[2001:db8::1]/'],
  ['v6 discard', 'http://[100::1]/'],
  ['v6 beyond global unicast', 'http://[4000::1]/'],
  ['localhost', 'http://localhost/'],
  ['localhost in capitals, with a dot', 'http://LOCALHOST./'],
  ['a name under localhost', 'http://x.localhost/'],
  ['a bare name', 'http://router/'],
  ['metadata of Google', 'http://metadata.google.internal/computeMetadata/v1/'],
  ['mDNS', 'http://printer.local/'],
  ['home', 'http://nas.home.arpa/'],
  ['a reverse name', 'http://1.0.0.127.in-addr.arpa/'],
  ['onion', 'http://abcdefghij.onion/'],
  ['a name with a loopback address', 'http://loopback.example/'],
  ['a name with a private address of two', 'http://mixed.example/'],
  ['a name with a v6 loopback', 'http://v6.example/'],
  ['a name with a mapped private address', 'http://mapped.example/'],
  ['a name without an address', 'http://nowhere.example/'],
  ['this very server', 'https://pcaport.example/api/v1/x/download/y'],
  ['this very server, in capitals, with a dot', 'https://PCAPORT.example./'],
  ['this very server, at another port', 'http://pcaport.example:8080/'],
  ['this very server by its other name', 'https://pcaport.lab.workers.dev/'],
  ['ssh', 'http://files.example:22/'],
  ['smtp', 'http://files.example:25/'],
  ['a low port', 'https://files.example:81/'],
  ['file', 'file:///etc/passwd'],
  ['ftp', 'ftp://files.example/x.pcap'],
  ['gopher', 'gopher://127.0.0.1:6379/_INFO'],
  ['data', 'data:application/octet-stream;base64,AAAA'],
  ['javascript', 'javascript:1'],
  ['blob', 'blob:http://files.example/x'],
  ['a relative one', '/etc/passwd'],
  ['a scheme-relative one', '//127.0.0.1/'],
  ['nothing', ''],
  ['a very long one', `http://files.example/${'x'.repeat(5000)}`],
  ['a broken one', 'http://[::1'],
]

const NAMES: Parameters<typeof worldOf>[1] = {
  'loopback.example': ['127.0.0.1'],
  'mixed.example': [PUBLIC, '10.1.2.3'],
  'v6.example': ['::1'],
  'mapped.example': ['::ffff:192.168.0.1'],
  'nowhere.example': [],
}

const redirectTo =
  (location: string, status = 302): Server =>
  () =>
    new Response(null, { status, headers: { Location: location } })

async function refusal(url: string, net: World): Promise<unknown> {
  return openRemote(url, { net, rules: RULES, idle: 500 }).then(
    () => 'it was opened',
    (error: unknown) => error,
  )
}

describe('a hostile URL', () => {
  it('there are at least 60 of them', () => expect(HOSTILE.length).toBeGreaterThanOrEqual(60))

  it.each(HOSTILE)('is refused without a connection: %s', async (_, url) => {
    const net = worldOf({}, NAMES)
    const error = await refusal(url, net)
    expect(error).toBeInstanceOf(FetchFailure)
    expect(error).toMatchObject({ kind: 'fetch-refused', again: false })
    expect(net.connections).toEqual([])
  })

  // Locations may be relative: these then lead back to the public server.
  const REDIRECTS = HOSTILE.filter(([, url]) => !/^(\/etc|http:\w|$)/.test(url))
  const inHeader = (url: string) => url.replace(/[^\t\x21-\x7e]/gu, encodeURIComponent)
  it.each(REDIRECTS)('is not followed in a redirect: %s', async (_, url) => {
    const net = worldOf({ 'files.example': redirectTo(inHeader(url)) }, NAMES)
    expect(await refusal('http://files.example/x.pcap', net)).toMatchObject({ kind: 'fetch-refused', again: false })
    expect(net.connections).toEqual(['files.example'])
  })

  it('credentials in a redirect are refused', async () => {
    const net = worldOf({ 'files.example': redirectTo('http://user:pass@other.example/') })
    expect(await refusal('http://files.example/', net)).toMatchObject({ kind: 'fetch-refused' })
    expect(net.connections).toEqual(['files.example'])
  })

  it('a resolver that changes its mind between two hops is not believed', async () => {
    let asked = 0
    const flips = () => (asked++ === 0 ? [PUBLIC] : ['127.0.0.1'])
    const net = worldOf({ 'flips.example': redirectTo('http://flips.example/again') }, { 'flips.example': flips })
    expect(await refusal('http://flips.example/', net)).toMatchObject({ kind: 'fetch-refused' })
    expect(net.connections).toEqual(['flips.example'])
  })

  it('nor one that does between a file and its continuation', async () => {
    let asked = 0
    const flips = () => (asked++ === 0 ? [PUBLIC] : ['169.254.169.254'])
    const server = serverOf(CAPTURE, {
      body: (bytes) =>
        new ReadableStream({
          start(controller) {
            controller.enqueue(bytes.slice(0, 100))
          },
          pull: (controller) => controller.error(new Error('lost')),
        }),
    })
    const net = worldOf({ 'flips.example': server }, { 'flips.example': flips })
    const remote = await openRemote('http://flips.example/', { net, rules: RULES, idle: 500 })
    const reading = async () => {
      while ((await remote.read()) !== null);
    }
    await expect(reading()).rejects.toMatchObject({ kind: 'fetch-refused' })
    expect(net.connections).toEqual(['flips.example'])
  })

  it('a sixth redirect is not followed', async () => {
    const net = worldOf({ 'files.example': redirectTo('/again', 307) })
    expect(await refusal('http://files.example/', net)).toMatchObject({ kind: 'fetch-failed', again: false })
    expect(net.connections).toHaveLength(6)
  })
})

describe('credentials', () => {
  it('go to their first origin alone, and back to it', async () => {
    const net = worldOf({
      'files.example': (request) =>
        new URL(request.url).pathname === '/back'
          ? serverOf(CAPTURE)(request)
          : redirectTo('http://other.example/')(request),
      'other.example': redirectTo('http://files.example/back'),
    })
    await openRemote('http://caf%C3%A9:p%40ss%3A@files.example/', { net, rules: RULES, idle: 500 })
    const basic = `Basic ${Buffer.from('café:p@ss:').toString('base64')}`
    expect(net.requests.map((request) => request.headers.get('authorization'))).toEqual([basic, null, basic])
    for (const { url } of net.requests) expect(url).not.toMatch(/@|pass/)
  })

  it.each([
    ['another port', 'http://files.example:8080/'],
    ['another scheme', 'https://files.example/'],
    ['another host', 'http://www.files.example/'],
  ])('do not go to %s', async (_, location) => {
    const end = serverOf(CAPTURE)
    let asked = 0
    const servers = Object.fromEntries(
      ['files.example', 'files.example:8080', 'www.files.example'].map((host) => [
        host,
        ((request) => (asked++ === 0 ? redirectTo(location)(request) : end(request))) as Server,
      ]),
    )
    const net = worldOf(servers)
    await openRemote('http://user:pass@files.example/', { net, rules: RULES, idle: 500 })
    expect(net.requests.map((request) => request.headers.has('authorization'))).toEqual([true, false])
  })
})

describe('what an operator says', () => {
  const listed = { ...RULES, hosts: ['files.example', '*.lab.example', 'odd.example:81'] }
  it.each([
    ['http://files.example/', true],
    ['http://files.example.:8080/', true],
    ['http://a.b.lab.example/', true],
    ['http://odd.example:81/', true],
    ['http://lab.example/', false],
    ['http://evil-lab.example/', false],
    ['http://odd.example/', false],
    ['http://files.example:81/', false],
    ['http://files.example.evil.example/', false],
    ['http://other.example/', false],
    [`http://${PUBLIC}/`, false],
  ])('an allow-list: %s %s', (url, isAllowed) => {
    if (isAllowed) expect(targetOf(url, listed).isLocal).toBe(false)
    else expect(() => targetOf(url, listed)).toThrow(/listed/)
  })

  it('names a private target by its host and port, and no other', () => {
    const local = { ...RULES, local: ['127.0.0.1:9000', '[::1]:9000'], ownHosts: ['127.0.0.1:8787'] }
    for (const url of ['http://127.0.0.1:9000/', 'http://0x7f000001:9000/', 'http://[::1]:9000/'])
      expect(targetOf(url, local).isLocal).toBe(true)
    for (const url of ['http://127.0.0.1:9001/', 'http://127.0.0.2:9000/', 'http://localhost:9000/'])
      expect(() => targetOf(url, local)).toThrow(/public|itself/)
    expect(() => targetOf('http://127.0.0.1:8787/', local)).toThrow(/itself/)
  })
})

it.each([
  ['8.8.8.8', true],
  ['2606:4700:4700::1111', true],
  ['::ffff:8.8.8.8', true],
  ['64:ff9b::8.8.8.8', true],
  ['2002:808:808::1', true],
  ['192.175.48.1', false],
  ['010.8.8.8', false],
  ['1', false],
  ['', false],
  ['files.example', false],
  ['fe80::1%eth0', false],
] as const)('of the address %s: public is %s', (address, is) => expect(isPublic(address)).toBe(is))
