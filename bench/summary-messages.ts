/** Messages of the protocols that generated traffic speaks, as the specifications lay them out. */

/** One piece after the other: a number is a byte, a string is its characters. */
export function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array {
  const pieces = parts.map((part) =>
    typeof part === 'number' ? Uint8Array.of(part) : typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
  )
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

export const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value)
const u24 = (value: number): Uint8Array => Uint8Array.of(value >> 16, value >> 8, value)
export const u32 = (value: number): Uint8Array => Uint8Array.of(value >> 24, value >> 16, value >> 8, value)
const le16 = (value: number): Uint8Array => u16(value).reverse()
const le32 = (value: number): Uint8Array => u32(value).reverse()
const zeros = (count: number): Uint8Array => new Uint8Array(count)

const labels = (name: string): Uint8Array => bytes(...name.split('.').flatMap((label) => [label.length, label]), 0)

const A = 1
const CNAME = 5
const AAAA = 28
const recordOf = (name: Uint8Array, type: number, data: Uint8Array) =>
  bytes(name, u16(type), u16(1), u32(300), u16(data.length), data)

/** RFC 1035 §4. */
export const dnsQuery = (id: number, name: string, six: boolean): Uint8Array =>
  bytes(u16(id), u16(0x0100), u16(1), zeros(6), labels(name), u16(six ? AAAA : A), u16(1))

/** The question again, a CNAME and addresses; none of these where `addresses` is empty. */
export function dnsAnswer(id: number, name: string, six: boolean, addresses: Uint8Array[]): Uint8Array {
  const question = dnsQuery(id, name, six).subarray(12)
  if (addresses.length === 0) return bytes(u16(id), u16(0x8183), u16(1), zeros(6), question)
  const alias = bytes(4, 'edge', 0xc0, 12)
  const aliasAt = 12 + question.length + 12 // the data of the first record
  return bytes(
    u16(id),
    u16(0x8180),
    u16(1),
    u16(addresses.length + 1),
    zeros(4),
    question,
    recordOf(u16(0xc00c), CNAME, alias),
    ...addresses.map((address) => recordOf(u16(0xc000 | aliasAt), six ? AAAA : A, address)),
  )
}

const tlsRecord = (type: number, content: Uint8Array) => bytes(type, u16(0x0303), u16(content.length), content)
const handshake = (type: number, content: Uint8Array) => bytes(type, u24(content.length), content)
const extension = (type: number, content: Uint8Array) => bytes(u16(type), u16(content.length), content)
const counted = (content: Uint8Array) => bytes(u16(content.length), content)

/** RFC 8446 §4.1.2. @param noise 64 random bytes */
export function clientHello(server: string, noise: Uint8Array): Uint8Array {
  const suites = [
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
  ]
  const extensions = bytes(
    extension(0, counted(bytes(0, counted(bytes(server))))),
    extension(23, zeros(0)),
    extension(10, counted(bytes(u16(0x001d), u16(0x0017), u16(0x0018)))),
    extension(11, bytes(1, 0)),
    extension(35, zeros(0)),
    extension(16, counted(bytes(2, 'h2', 8, 'http/1.1'))),
    extension(5, bytes(1, zeros(4))),
    extension(13, counted(bytes(...[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501].map(u16)))),
    extension(51, counted(bytes(u16(0x001d), counted(noise.subarray(0, 32))))),
    extension(45, bytes(1, 1)),
    extension(43, bytes(4, u16(0x0304), u16(0x0303))),
    extension(21, zeros(150)),
  )
  const content = bytes(
    u16(0x0303),
    noise.subarray(32, 64),
    32,
    noise.subarray(0, 32),
    counted(bytes(...suites.map(u16))),
    bytes(1, 0),
    counted(extensions),
  )
  return tlsRecord(22, handshake(1, content))
}

/** A ServerHello of TLS 1.3, and the certificate encrypted behind it. */
export function serverHello(noise: Uint8Array, certificate: Uint8Array): Uint8Array {
  const extensions = bytes(
    extension(51, bytes(u16(0x001d), counted(noise.subarray(0, 32)))),
    extension(43, u16(0x0304)),
  )
  const content = bytes(
    u16(0x0303),
    noise.subarray(32, 64),
    32,
    noise.subarray(0, 32),
    u16(0x1301),
    0,
    counted(extensions),
  )
  return bytes(tlsRecord(22, handshake(2, content)), tlsRecord(20, bytes(1)), tlsRecord(23, certificate))
}

export const clientFinished = (noise: Uint8Array): Uint8Array =>
  bytes(tlsRecord(20, bytes(1)), tlsRecord(23, noise.subarray(0, 53)))

/** Application data, in records of at most 16 KiB. RFC 8446 §5.1. */
export function tlsData(content: Uint8Array): Uint8Array {
  const records: Uint8Array[] = []
  for (let at = 0; at < content.length; at += 16_384) records.push(tlsRecord(23, content.subarray(at, at + 16_384)))
  return bytes(...records)
}

export const httpRequest = (host: string, path: string): Uint8Array =>
  bytes(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n`,
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.5\r\n',
    'Connection: keep-alive\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n',
  )

export const httpResponse = (type: string, content: Uint8Array): Uint8Array =>
  bytes(
    'HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nServer: nginx/1.24.0\r\n',
    `Content-Type: ${type}\r\nContent-Length: ${content.length}\r\n`,
    'Cache-Control: max-age=3600\r\nConnection: keep-alive\r\n\r\n',
    content,
  )

export interface Call {
  id: string
  from: string
  to: string
  /** Addresses and media ports. */
  hosts: readonly [string, string]
  media: readonly [number, number]
  /** RTP's number and name of the codec. */
  codec: readonly [number, string]
}

const sdp = ({ hosts, media, codec }: Call, side: 0 | 1, six: boolean) => {
  const address = `IN ${six ? 'IP6' : 'IP4'} ${hosts[side]}`
  return `v=0\r\no=- 1 1 ${address}\r\ns=call\r\nc=${address}\r\nt=0 0\r\nm=audio ${media[side]} RTP/AVP ${codec[0]}\r\na=rtpmap:${codec[0]} ${codec[1]}/8000\r\na=ptime:20\r\na=sendrecv\r\n`
}

/** RFC 3261. @param first a request's method, or a response's status */
export function sip(call: Call, first: string, method: string, sequence: number, media: 0 | 1 | null): Uint8Array {
  const six = call.hosts[0].includes(':')
  const [client, server] = call.hosts.map((host) => (six ? `[${host}]` : host))
  const content = media === null ? '' : sdp(call, media, six)
  const line = /^\d/.test(first) ? `SIP/2.0 ${first}` : `${first} sip:${call.to}@${server} SIP/2.0`
  return bytes(
    `${line}\r\nVia: SIP/2.0/UDP ${client}:5060;branch=z9hG4bK${call.id}${sequence}\r\nMax-Forwards: 70\r\n`,
    `From: <sip:${call.from}@${client}>;tag=${call.id}\r\nTo: <sip:${call.to}@${server}>${first.startsWith('INVITE') ? '' : `;tag=b${call.id}`}\r\n`,
    `Call-ID: ${call.id}@${client}\r\nCSeq: ${sequence} ${method}\r\nContact: <sip:${call.from}@${client}:5060>\r\n`,
    media === null ? '' : 'Content-Type: application/sdp\r\n',
    `Content-Length: ${content.length}\r\n\r\n${content}`,
  )
}

/** RFC 3550 §5.1. */
export const rtp = (codec: number, sequence: number, samples: number, source: number, sound: Uint8Array): Uint8Array =>
  bytes(0x80, codec | (sequence === 1 ? 0x80 : 0), u16(sequence & 0xffff), u32(sequence * samples), u32(source), sound)

/** A sender report. RFC 3550 §6.4.1. */
export const rtcp = (source: number, packets: number): Uint8Array =>
  bytes(0x80, 200, u16(6), u32(source), u32(0xe8fe_5a40), u32(0), u32(packets * 160), u32(packets), u32(packets * 160))

/** RFC 4253 §6: what is encrypted from the start on is not made of this. */
function sshPacket(content: Uint8Array): Uint8Array {
  const padding = 8 + ((8 - ((5 + content.length) % 8)) % 8)
  return bytes(u32(1 + content.length + padding), padding, content, zeros(padding))
}

const sshString = (content: string | Uint8Array) => bytes(u32(content.length), content)

/** RFC 4253 §7.1. */
export function sshKexInit(noise: Uint8Array): Uint8Array {
  const ciphers =
    'chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com'
  const macs =
    'umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com'
  const lists = [
    'curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,diffie-hellman-group14-sha256',
    'ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256',
    ...[ciphers, ciphers, macs, macs, 'none,zlib@openssh.com', 'none,zlib@openssh.com', '', ''],
  ]
  return sshPacket(bytes(20, noise.subarray(0, 16), ...lists.map(sshString), 0, u32(0)))
}

/** RFC 8731: the client's key. */
export const sshEcdhInit = (noise: Uint8Array): Uint8Array => sshPacket(bytes(30, sshString(noise.subarray(0, 32))))

/** The host's key, the server's and a signature; then new keys. */
export const sshEcdhReply = (noise: Uint8Array): Uint8Array =>
  bytes(
    sshPacket(
      bytes(
        31,
        sshString(bytes(sshString('ssh-ed25519'), sshString(noise.subarray(0, 32)))),
        sshString(noise.subarray(32, 64)),
        sshString(bytes(sshString('ssh-ed25519'), sshString(noise.subarray(0, 64)))),
      ),
    ),
    sshPacket(bytes(21)),
  )

export const sshNewKeys = (): Uint8Array => sshPacket(bytes(21))

/** Over TCP, MS-SMB2 §2.1; its header, §2.2.1.2. */
function smb2(command: number, message: number, answer: boolean, content: Uint8Array): Uint8Array {
  const header = bytes(
    ...[0xfe, 'SMB', le16(64), le16(1), le32(0), le16(command), le16(1), le32(answer ? 1 : 0), le32(0)],
    ...[le32(message), le32(0), le32(0xfeff), le32(5), le32(9), le32(0x4400), zeros(16)],
  )
  return bytes(0, u24(header.length + content.length), header, content)
}

const FILE_ID = zeros(16).fill(7)

/** MS-SMB2 §2.2.3 and §2.2.4, the security buffer empty. */
export const smb2Negotiate = (noise: Uint8Array): Uint8Array =>
  smb2(
    0,
    0,
    false,
    bytes(le16(36), le16(2), le16(1), le16(0), le32(0x7f), noise.subarray(0, 16), zeros(8), le16(0x0202), le16(0x0210)),
  )

export const smb2Negotiated = (noise: Uint8Array): Uint8Array =>
  smb2(
    0,
    0,
    true,
    bytes(
      ...[le16(65), le16(1), le16(0x0210), le16(0), noise.subarray(0, 16), le32(7), le32(0x10_0000), le32(0x10_0000)],
      ...[le32(0x10_0000), le32(0xd53e_8000), le32(0x01da_1748), zeros(8), le16(128), le16(0), le32(0)],
    ),
  )

/** Read from an open file: §2.2.19 and §2.2.20. */
export const smb2Read = (message: number, length: number, offset: number): Uint8Array =>
  smb2(
    8,
    message,
    false,
    bytes(
      le16(49),
      80,
      0,
      le32(length),
      le32(offset),
      le32(0),
      FILE_ID,
      le32(1),
      le32(0),
      le32(0),
      le16(0),
      le16(0),
      0,
    ),
  )

export const smb2ReadAnswer = (message: number, content: Uint8Array): Uint8Array =>
  smb2(8, message, true, bytes(le16(17), 80, 0, le32(content.length), le32(0), le32(0), content))

/** RFC 792, and RFC 4443 §4; the checksum is left open. */
export const echo = (six: boolean, answer: boolean, id: number, sequence: number): Uint8Array =>
  bytes(six ? (answer ? 129 : 128) : answer ? 0 : 8, 0, u16(0), u16(id), u16(sequence), PING)

const PING = Uint8Array.from({ length: 56 }, (_, i) => i)

/** RFC 826. @param answer with the target's own address */
export const arp = (
  answer: boolean,
  mac: Uint8Array,
  address: Uint8Array,
  target: Uint8Array,
  sought: Uint8Array,
): Uint8Array => bytes(u16(1), u16(0x0800), 6, 4, u16(answer ? 2 : 1), mac, address, target, sought)

/** RFC 5905 §7.3: version 4, mode 3 of a client and 4 of a server. */
export const ntp = (answer: boolean, noise: Uint8Array): Uint8Array =>
  bytes(
    answer ? 0x24 : 0x23,
    answer ? 2 : 0,
    6,
    0xec,
    u32(0x100),
    u32(0x200),
    u32(0x0a000001),
    u32(0xe8fe_5a40),
    zeros(20),
    u32(0xe8fe_5a41),
    noise.subarray(0, 4),
  )

/** UPnP Device Architecture §1.3.2. */
export const ssdpSearch = (): Uint8Array =>
  bytes(
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: urn:dial-multiscreen-org:service:dial:1\r\n\r\n',
  )
