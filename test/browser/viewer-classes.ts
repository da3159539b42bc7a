/** Where Wireshark 4.4.5, which the viewer has, says something else than Debian's 4.0.17 of the same packet: each difference has a name. */

interface Class {
  name: string
  /** Made the same on both sides. */
  from: RegExp
  to: string
}

/** 4.4 cuts the names of makers at 12 letters and not at 8: what is left is the rest of the address. */
const MAKER: Class = {
  name: 'names of makers',
  from: /\b[A-Za-z0-9&.+_-]{2,12}_(?=[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2})/g,
  to: '',
}

const TEXTS: readonly Class[] = [
  MAKER,
  {
    name: 'a segment says in which packet it is put together, a retransmitted one too',
    from: / ?\[TCP (segment of a reassembled PDU|PDU reassembled in \d+)\]/g,
    to: '',
  },
  { name: 'which acknowledgements are of unseen segments', from: /\[TCP ACKed unseen segment\] /g, to: '' },
  {
    name: 'a window update with selective acknowledgements is a duplicate',
    from: /\[TCP (Window Update|Dup ACK [\d#]+)\] (?=.* SLE=)/,
    to: '',
  },
  { name: 'the case of ICMPv6 codes', from: /\(hop limit exceeded/i, to: '(Hop limit exceeded' },
  { name: 'the name of JSON', from: /JavaScript Object Notation/g, to: 'JSON' },
  { name: 'the server name of a Client Hello', from: /Client Hello \(SNI=[^)]*\)/g, to: 'Client Hello' },
  { name: 'roles of 802.11 addresses', from: / \(([0-9a-f]{2}:){5}[0-9a-f]{2}\) \([RTSDB]A\)$/, to: '' },
  { name: 'roles of 802.11 addresses, without the address', from: / \([RTSDB]A\)$/, to: '' },
  { name: 'how the bindings of a SIP REGISTER are counted', from: /\(remove \d+ bindings?\)/, to: '(remove)' },
  { name: 'the byte order of GQUIC connection ids', from: /CID: \d+/g, to: 'CID' },
  { name: 'blanks at the end', from: /[\s|]+$/, to: '' },
]

/** Of one column's text. */
export const COLUMN_CLASSES = TEXTS

/** Of one line of the tree. */
export const LINE_CLASSES: readonly Class[] = [
  { name: 'brackets around what is not in the packet, which the engine does not tell', from: /^\[(.*)\]$/, to: '$1' },
  { name: 'the time of arrival', from: /^Epoch (Arrival )?Time: ([\d.-]+)( seconds)?$/, to: 'Epoch Time: $2' },
  { name: 'the name of the zone', from: /(\d) (UTC|Coordinated Universal Time)\b/, to: '$1 UTC' },
  { name: 'names of DNS types', from: /^(Type: (?:[A-Z]+|\*)) (?:\([^)]*\) )?\((\d+)\).*$/, to: '$1 ($2)' },
  { name: 'where long bytes are cut', from: /^([^:]+: [0-9a-f]{1,16})[0-9a-f]*….*$/, to: '$1…' },
  ...TEXTS,
]

/** Lines that 4.4 has otherwise, or not at all. */
export const LINES_GONE: readonly { name: string; is: RegExp }[] = [
  { name: 'each address of Ethernet has no line of its own', is: /^Address: .* \(([0-9a-f]{2}:){5}[0-9a-f]{2}\)$/ },
  { name: 'what tshark prints of data beside the tree', is: /^[0-9a-f]{4,8} {2}([0-9a-f]{2} )+/ },
  { name: 'how complete a conversation is, is said in other words', is: /^Conversation completeness: / },
  {
    name: 'expert information stands at the lines that it is of',
    is: /^(Severity level|Group|Expert Info|Time since request): ?/,
  },
  { name: 'HTTP counts its requests at other lines', is: /^HTTP (request|response) \d+\/\d+$/ },
  { name: 'padding is counted as data', is: /^Padding: / },
]

export const alike = (text: string, classes: readonly Class[]): string =>
  classes.reduce((so, { from, to }) => so.replace(from, to), text)
