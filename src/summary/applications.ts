/** What TCP and UDP carry: guessed by the first bytes and by port, and the names that are found on the way. */
import { i32, u8, u16, u24, u32 } from './bytes.ts'
import { Names } from './names.ts'
import { NumberTable } from './number-table.ts'
import { leaves, protocol } from './protocols.ts'
import type { Saved, Scribe } from './saving.ts'
import type { Walk } from './walk.ts'

const DATA = protocol('data')
const BITTORRENT = protocol('bittorrent')
const DHCP = protocol('dhcp')
const DNS = protocol('dns')
const DTLS = protocol('dtls')
const HTTP = protocol('http')
const HTTP2 = protocol('http2')
const LLMNR = protocol('llmnr')
const MDNS = protocol('mdns')
const QUIC = protocol('quic')
const RTP = protocol('rtp')
const RTCP = protocol('rtcp')
const RTSP = protocol('rtsp')
const SIP = protocol('sip')
const SMB = protocol('smb')
const SMB2 = protocol('smb2')
const SMTP = protocol('smtp')
const SSDP = protocol('ssdp')
const SSH = protocol('ssh')
const STUN = protocol('stun')
const TLS = protocol('tls')

// biome-ignore format: a table
const UDP_PORTS = new NumberTable(leaves({
  aodv: [654], babel: [6696], bfd: [3784, 4784], bvlc: [47808], capwap: [5246, 5247], cflow: [2055, 4739, 9996], chargen: [19],
  cldap: [389], coap: [5683], collectd: [25826], daytime: [13], 'db-lsp-disc': [17500], dhcp: [67, 68, 4011], dhcpv6: [546, 547], dnp3: [20000],
  dns: [53], dtls: [853, 5684], echo: [7], enip: [44818], glbp: [3222], hsrp: [1985, 2029], iax2: [4569], isakmp: [500],
  kerberos: [88, 750], kpasswd: [464], ldp: [646], llmnr: [5355], lwapp: [12222, 12223], mdns: [5353], memcache: [11211], mip: [434],
  'mpls-echo': [3503], nbdgm: [138], nbns: [137], ntp: [123], olsr: [698], openvpn: [1194], pfcp: [8805], portcontrol: [5350, 5351],
  ptp: [319, 320], radius: [1645, 1646, 1700, 1812, 1813, 3799], rip: [520], ripng: [521], rmcp: [623], rpc: [111, 2049],
  rx: [7000, 7001, 7002, 7003, 7004, 7005, 7006, 7007, 7008, 7009, 7021], sap: [9875], sflow: [6343], sip: [5060],
  snmp: [161, 162, 8161], srvloc: [427], ssdp: [1900], stun: [3478], syslog: [514], tacacs: [49], tftp: [69], time: [37], tipc: [6118],
  tzsp: [37008], wg: [51820], wol: [9], who: [513], xdmcp: [177],
}))

// biome-ignore format: a table
const TCP_PORTS = new NumberTable(leaves({
  amqp: [5672], bgp: [179], bittorrent: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889], dhcpfo: [647], diameter: [3868], dnp3: [20000],
  dns: [53, 5353], enip: [44818], finger: [79], ftp: [21], 'ftp-data': [20], git: [9418], gopher: [70], http: [80, 3128, 3132, 5985, 8080, 8088, 11371],
  iec60870_104: [2404], imap: [143], irc: [6667, 57000], kafka: [9092], kerberos: [88], ldap: [389, 3268], ldp: [646], lpd: [515],
  mbtcp: [502], memcache: [11211], mqtt: [1883], msdp: [639], mysql: [3306], nbss: [139, 445], nntp: [119], openflow: [6633, 6653],
  pcep: [4189], pgsql: [5432], pop: [110], pptp: [1723], resp: [6379], rpc: [111, 2049], rpkirtr: [323], rsync: [873], rtmpt: [1935],
  rtsp: [554, 7236, 8554], sip: [5060], skinny: [2000], smtp: [25, 587], socks: [1080], ssh: [22, 29418], tacplus: [49],
  tds: [1433], telnet: [23], tls: [443, 465, 636, 853, 993, 995, 3269, 5061, 5671, 8883], tns: [1521], tpkt: [102, 3389], vnc: [5900, 5901],
  whois: [43], x11: [6000, 6001, 6002, 6003], xmpp: [5222], zebra: [2600],
}))

/** Most bytes of a first segment that are searched for a header's line. */
const SEARCHED = 2048

/** Names protocols over TCP and UDP, and collects what they call hosts. Holds 3.2 MB once all kinds of names were met. */
export class Applications {
  /** Names that DNS, mDNS and LLMNR were asked for. */
  readonly dns = new Names()
  /** Server names in TLS ClientHellos. RFC 6066 §3. */
  readonly tls = new Names()
  /** Hosts in HTTP requests. */
  readonly http = new Names()
  /** Host names that DHCP clients give themselves. RFC 2132 §3.14. */
  readonly dhcp = new Names()

  /** A segment with payload, of the stream in `row`: its first bytes name it for good. */
  overTcp(walk: Walk, row: number, from: number, to: number, at: number, end: number): void {
    const streams = walk.tally.tcp
    const known = row < 0 ? -1 : streams.applicationOf(row)
    const seen = this.tcpBySignature(walk.data, at, end)
    const found = seen > 0 ? seen : known >= 0 ? known : byPort(TCP_PORTS, from, to)
    if (seen > 0 && row >= 0 && seen !== known) streams.setApplication(row, seen)
    this.tcpNames(walk.data, found, at, end)
    walk.guess(found)
  }

  overUdp(walk: Walk, from: number, to: number, at: number, end: number): void {
    if (end <= at) return
    const { data } = walk
    const found = this.overUdpPorts(data, from, to, at, end)
    if (found === DNS || found === MDNS || found === LLMNR) this.question(data, at, end)
    else if (found === DHCP) this.host(data, at, end)
    walk.guess(found)
  }

  /** What a datagram's ports and first bytes say it is. */
  overUdpPorts(data: Uint8Array, from: number, to: number, at: number, end: number): number {
    const port = byPort(UDP_PORTS, from, to)
    return port !== DATA ? port : udpBySignature(data, from, to, at, end)
  }

  *save(scribe: Scribe): Generator<void> {
    for (const names of this.kinds()) {
      yield
      names.save(scribe)
    }
  }

  *load(saved: Saved): Generator<void> {
    for (const names of this.kinds()) {
      yield
      names.load(saved)
    }
  }

  bytesHeld(): number {
    return this.kinds().reduce((held, names) => held + names.bytesHeld(), 0)
  }

  private kinds(): Names[] {
    return [this.dns, this.tls, this.http, this.dhcp]
  }

  /** @returns 0 where the bytes say nothing */
  private tcpBySignature(data: Uint8Array, at: number, end: number): number {
    if (end - at < 4) return 0
    const word = i32(data, at)
    const known = TCP_SIGNATURES.get(word)
    if (known >= 0) return known === SIP && end - at < 8 ? 0 : known
    // A TLS record: handshake, version 3.x, and in it a hello.
    if (word >>> 16 === 0x1603 && end - at > 5 && (u8(data, at + 5) === 1 || u8(data, at + 5) === 2)) return TLS
    if (u8(data, at) === 0 && end - at >= 8) {
      const inner = u32(data, at + 4)
      if (inner === 0xff534d42) return SMB
      if (inner === 0xfe534d42 || inner === 0xfd534d42) return SMB2
    }
    if (u8(data, at) === 19 && end - at >= 20 && u32(data, at + 1) === 0x42697454) return BITTORRENT
    return 0
  }

  private tcpNames(data: Uint8Array, found: number, at: number, end: number): void {
    if (found === HTTP) this.httpHost(data, at, end)
    else if (found === TLS) this.serverName(data, at, end)
    else if (found === DNS && end - at > 2) this.question(data, at + 2, end)
  }

  /** The question of a DNS query: RFC 1035 §4.1.1, flags at 2, number of questions at 4, the first name at 12. */
  private question(data: Uint8Array, at: number, end: number): void {
    if (end - at < 17 || (u8(data, at + 2) & 0x80) !== 0 || u16(data, at + 4) === 0) return
    const names = this.dns
    names.length = 0
    for (let label = at + 12; label < end; ) {
      const length = u8(data, label)
      if (length === 0) {
        names.seeScratch()
        return
      }
      if (length > 63 || label + 1 + length >= end) return
      if (names.length > 0) names.dot()
      names.take(data, label + 1, label + 1 + length)
      label += 1 + length
    }
  }

  /** The host name option (12) of a message from a client (operation 1). RFC 2131 §2: options from 240 on, behind the magic cookie. */
  private host(data: Uint8Array, at: number, end: number): void {
    if (end - at < 244 || u8(data, at) !== 1 || u32(data, at + 236) !== 0x63825363) return
    for (let option = at + 240; option + 2 <= end && u8(data, option) !== 255; ) {
      if (u8(data, option) === 0) {
        option++
        continue
      }
      const length = u8(data, option + 1)
      if (option + 2 + length > end) return
      if (u8(data, option) === 12) {
        this.dhcp.see(data, option + 2, option + 2 + length)
        return
      }
      option += 2 + length
    }
  }

  /** The Host field of a request. RFC 9110 §7.2. */
  private httpHost(data: Uint8Array, at: number, end: number): void {
    if (end - at < 16 || TCP_SIGNATURES.get(i32(data, at)) !== HTTP || i32(data, at) === RESPONSE) return
    const stop = Math.min(end, at + SEARCHED) - 7
    for (let i = at; i < stop; i++) {
      // "\nHost:", in whatever case.
      if (u8(data, i) !== 0x0a || (u32(data, i + 1) | 0x20202020) !== 0x686f7374 || u8(data, i + 5) !== 0x3a) continue
      let from = i + 6
      while (from < stop && u8(data, from) === 0x20) from++
      let to = from
      while (to < end && u8(data, to) > 0x20) to++
      if (to < end) this.http.see(data, from, to)
      return
    }
  }

  /**
   * The server name in a ClientHello. RFC 8446 §5.1 and §4.1.2: record 5 bytes, handshake 4, version 2, random 32, session id, cipher
   * suites, compression methods, extensions; of these number 0 is the name.
   */
  private serverName(data: Uint8Array, at: number, end: number): void {
    if (end - at < 44 || u8(data, at) !== 22 || u8(data, at + 5) !== 1) return
    let from = at + 43
    from += 1 + u8(data, from)
    if (from + 2 > end) return
    from += 2 + u16(data, from)
    if (from + 1 > end) return
    from += 1 + u8(data, from) + 2
    while (from + 4 <= end) {
      const length = u16(data, from + 2)
      if (u16(data, from) === 0) {
        if (from + 9 > end) return
        const size = u16(data, from + 7)
        if (from + 9 + size <= end) this.tls.see(data, from + 9, from + 9 + size)
        return
      }
      from += 4 + length
    }
  }
}

/** The lower port first, as tshark has it. */
function byPort(ports: NumberTable, from: number, to: number): number {
  const lower = ports.get(Math.min(from, to))
  if (lower >= 0) return lower
  const higher = ports.get(Math.max(from, to))
  return higher >= 0 ? higher : DATA
}

/** Four characters as they stand in an Int32Array. */
const text = (word: string): number =>
  (word.charCodeAt(0) << 24) | (word.charCodeAt(1) << 16) | (word.charCodeAt(2) << 8) | word.charCodeAt(3)

const RESPONSE = text('HTTP')

/** First four bytes of a message over TCP. */
const TCP_SIGNATURES = new NumberTable(
  new Map<number, number>([
    ...['GET ', 'POST', 'HEAD', 'PUT ', 'DELE', 'PATC', 'CONN', 'TRAC', 'HTTP'].map(
      (word) => [text(word), HTTP] as const,
    ),
    [text('PRI '), HTTP2],
    [text('SSH-'), SSH],
    [text('INVI'), SIP],
    [text('SIP/'), SIP],
    [text('RTSP'), RTSP],
    [text('DESC'), RTSP],
    [text('EHLO'), SMTP],
  ]),
)

/** First four bytes of a message over UDP. */
const UDP_SIGNATURES = new NumberTable(
  new Map<number, number>([
    ...['INVI', 'SIP/', 'REGI', 'OPTI', 'BYE ', 'ACK ', 'CANC', 'SUBS', 'NOTI'].map(
      (word) => [text(word), SIP] as const,
    ),
    [text('M-SE'), SSDP],
  ]),
)

function udpBySignature(data: Uint8Array, from: number, to: number, at: number, end: number): number {
  if (end - at < 4) return DATA
  const known = UDP_SIGNATURES.get(i32(data, at))
  if (known >= 0) return known
  const first = u8(data, at)
  if (first <= 1 && end - at >= 20 && u32(data, at + 4) === 0x2112a442) return STUN // RFC 8489 §5
  if (first >= 20 && first <= 25 && u8(data, at + 1) === 0xfe && end - at >= 13) return DTLS // RFC 9147 §4
  // RFC 9000 §17: the fixed bit, and in a long header a known version; short ones only by port.
  if ((first & 0xc0) === 0xc0 && end - at >= 7 && (u32(data, at + 1) === 1 || u24(data, at + 1) === 0xff0000))
    return QUIC
  if ((from === 443 || to === 443) && (first & 0xc0) !== 0) return QUIC
  if (first >> 6 === 2 && end - at >= 12 && from >= 1024 && to >= 1024) {
    const type = u8(data, at + 1)
    if (type >= 200 && type <= 207 && (u16(data, at + 2) + 1) * 4 <= end - at) return RTCP // RFC 3550 §6.4
    if (from % 2 === 0 && to % 2 === 0 && ((type & 0x7f) <= 34 || (type & 0x7f) >= 96)) return RTP // RFC 3550 §5.1
  }
  return DATA
}
