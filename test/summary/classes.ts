/** Why a capture's tables differ from tshark's: each difference has a class, a reason and its files. docs/tables.md has the table. */

/** What of a capture differs: its conversations and endpoints, its hierarchy down to the transport, or its packet lengths. */
export type Aspect = 'conversations' | 'hierarchy' | 'lengths'

interface DifferenceClass {
  name: string
  why: string
  /** Files (MANIFEST ids) and what of them differs. */
  files: Record<string, Aspect[]>
}

export const CLASSES: DifferenceClass[] = [
  {
    name: 'length-2^31',
    why: 'tshark takes a length on the wire as signed 32 bits: sharkd shows 2^64 less something, plen leaves it out. We say the length.',
    files: { dbe95dbb38132b0d: ['conversations', 'lengths'] },
  },
  {
    name: '6lowpan',
    why: 'tshark rebuilds the IPv6 header that 6LoWPAN compressed. We name it and stop.',
    files: { '8afb4f29d3771798': ['conversations', 'hierarchy'] },
  },
  {
    name: 'non-ip-payload',
    why: 'What a link that carries no IP holds, where tshark tells it by more than the link’s own header (AUTOSAR on CAN).',
    files: { '87b947fb3b062a8a': ['hierarchy'] },
  },
  {
    name: 'reassembly-above-link',
    why: 'tshark puts L2CAP together from several Bluetooth PDUs. We read the first one.',
    files: { e8a2063b302dc785: ['hierarchy'] },
  },
  {
    name: 'quoted-application',
    why: 'What UDP carried in a packet that an ICMP error quotes is a guess by port, as it is above transport.',
    files: { '1be6048fa0d487ed': ['hierarchy'] },
  },
  {
    name: 'trailers-and-netbios',
    why: 'What tshark takes Ethernet padding for (an F5 trailer), and what follows a NetBIOS header over LLC: we name neither.',
    files: { b0304252b2ff8b2d: ['hierarchy'] },
  },
  {
    name: 'malformed-text',
    why: 'A damaged pseudo-header that tshark describes in a text item of its own.',
    files: { a8636fb4d7209dd4: ['hierarchy'] },
  },
]

/** The class of a difference, or `null` if it has none. */
export const classOf = (id: string, aspect: Aspect): string | null =>
  CLASSES.find(({ files }) => files[id]?.includes(aspect))?.name ?? null
