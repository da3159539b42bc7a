/** Link types by LINKTYPE_ value: what capinfos calls them, and how large their packets may be. */

/** A link type as Wireshark's tools name it. */
export interface Linktype {
  /** Wireshark's number for the encapsulation, `frame.encap_type`. Several LINKTYPE_ values can share one. */
  encapsulation: number
  /** Short name, as `capinfos -M` prints it. */
  name: string
  /** Long name, as `capinfos` prints it. */
  description: string
}

/** What capinfos prints where the link type is not one it knows. */
export const UNKNOWN_LINKTYPE: Linktype = { encapsulation: 0, name: 'unknown', description: 'Unknown' }

/** @returns `null` for a value that Wireshark 4.0 does not know */
export const linktypeOf = (value: number): Linktype | null => LINKTYPES.get(value) ?? null

/** Why packets of a link type cannot stand in pcapng. */
export const unwritableWords = (value: number): string =>
  `${linktypeOf(value)?.description ?? `link type ${value}`}: neither pcapng nor pcap can hold packets of this kind`

/** Most bytes a record of this link type may hold; more means a damaged file. */
export const maxCaplen = (value: number): number => LARGE.get(value) ?? 262_144

/** USB and D-Bus messages are larger than any frame: 128 MiB; EBHSCR: 8 MiB. */
const LARGE = new Map([
  [186, 134_217_728],
  [189, 134_217_728],
  [220, 134_217_728],
  [231, 134_217_728],
  [249, 134_217_728],
  [266, 134_217_728],
  [279, 8_388_608],
])

/** [Wireshark's encapsulation, short name, long name] by LINKTYPE_ value, as printed by capinfos 4.0.17. */
// biome-ignore format: a table
const TABLE: Record<number, [number, string, string]> = {
  0: [15, 'null', 'NULL/Loopback'],
  1: [1, 'ether', 'Ethernet'],
  2: [184, 'xeth', 'Xerox 3MB Ethernet'],
  3: [148, 'ax25', 'Amateur Radio AX.25'],
  6: [2, 'tr', 'Token Ring'],
  7: [8, 'arcnet', 'ARCNET'],
  8: [3, 'slip', 'SLIP'],
  9: [4, 'ppp', 'PPP'],
  10: [6, 'fddi-swapped', 'FDDI with bit-swapped MAC addresses'],
  11: [10, 'atm-rfc1483', 'RFC 1483 ATM'],
  12: [7, 'rawip', 'Raw IP'],
  13: [38, 'enc', 'OpenBSD enc(4) encapsulating interface'],
  14: [7, 'rawip', 'Raw IP'],
  16: [11, 'linux-atm-clip', 'Linux ATM CLIP'],
  18: [11, 'linux-atm-clip', 'Linux ATM CLIP'],
  19: [11, 'linux-atm-clip', 'Linux ATM CLIP'],
  32: [69, 'redback', 'Redback SmartEdge'],
  50: [4, 'ppp', 'PPP'],
  51: [139, 'pppoes', 'PPP-over-Ethernet session'],
  99: [61, 'symantec', 'Symantec Enterprise Firewall'],
  100: [10, 'atm-rfc1483', 'RFC 1483 ATM'],
  101: [7, 'rawip', 'Raw IP'],
  104: [28, 'chdlc', 'Cisco HDLC'],
  105: [20, 'ieee-802-11', 'IEEE 802.11 Wireless LAN'],
  106: [11, 'linux-atm-clip', 'Linux ATM CLIP'],
  107: [26, 'frelay', 'Frame Relay'],
  108: [174, 'loop', 'OpenBSD loopback'],
  109: [38, 'enc', 'OpenBSD enc(4) encapsulating interface'],
  112: [28, 'chdlc', 'Cisco HDLC'],
  113: [25, 'linux-sll', 'Linux cooked-mode capture v1'],
  114: [30, 'ltalk', 'Localtalk'],
  117: [39, 'pflog', 'OpenBSD PF Firewall logs'],
  118: [29, 'ios', 'Cisco IOS internal'],
  119: [21, 'ieee-802-11-prism', 'IEEE 802.11 plus Prism II monitor mode radio header'],
  121: [32, 'hhdlc', 'HiPath HDLC'],
  122: [18, 'ip-over-fc', 'RFC 2625 IP-over-Fibre Channel'],
  123: [13, 'atm-pdus', 'ATM PDUs'],
  127: [23, 'ieee-802-11-radiotap', 'IEEE 802.11 plus radiotap radio header'],
  128: [37, 'tzsp', 'Tazmen sniffer protocol'],
  129: [9, 'arcnet_linux', 'Linux ARCNET'],
  130: [81, 'juniper-mlppp', 'Juniper MLPPP'],
  131: [82, 'juniper-mlfr', 'Juniper MLFR'],
  133: [87, 'juniper-ggsn', 'Juniper GGSN'],
  135: [68, 'juniper-atm2', 'Juniper ATM2'],
  136: [151, 'juniper-svcs', 'Juniper Services'],
  137: [67, 'juniper-atm1', 'Juniper ATM1'],
  138: [62, 'ap1394', 'Apple IP-over-IEEE 1394'],
  139: [75, 'mtp2-with-phdr', 'MTP2 with pseudoheader'],
  140: [42, 'mtp2', 'SS7 MTP2'],
  141: [43, 'mtp3', 'SS7 MTP3'],
  142: [101, 'sccp', 'SS7 SCCP'],
  143: [33, 'docsis', 'Data Over Cable Service Interface Specification'],
  144: [44, 'irda', 'IrDA'],
  147: [45, 'user0', 'USER 0'],
  148: [46, 'user1', 'USER 1'],
  149: [47, 'user2', 'USER 2'],
  150: [48, 'user3', 'USER 3'],
  151: [49, 'user4', 'USER 4'],
  152: [50, 'user5', 'USER 5'],
  153: [51, 'user6', 'USER 6'],
  154: [52, 'user7', 'USER 7'],
  155: [53, 'user8', 'USER 8'],
  156: [54, 'user9', 'USER 9'],
  157: [55, 'user10', 'USER 10'],
  158: [56, 'user11', 'USER 11'],
  159: [57, 'user12', 'USER 12'],
  160: [58, 'user13', 'USER 13'],
  161: [59, 'user14', 'USER 14'],
  162: [60, 'user15', 'USER 15'],
  163: [24, 'ieee-802-11-avs', 'IEEE 802.11 plus AVS radio header'],
  165: [63, 'bacnet-ms-tp', 'BACnet MS/TP'],
  167: [76, 'juniper-pppoe', 'Juniper PPPoE'],
  169: [66, 'gprs-llc', 'GPRS LLC'],
  170: [178, 'gfp-t', 'ITU-T G.7041/Y.1303 Generic Framing Procedure Transparent mode'],
  171: [179, 'gfp-f', 'ITU-T G.7041/Y.1303 Generic Framing Procedure Frame-mapped mode'],
  172: [77, 'gcom-tie1', 'GCOM TIE1'],
  173: [78, 'gcom-serial', 'GCOM Serial'],
  177: [88, 'linux-lapd', 'LAPD with Linux pseudo-header'],
  178: [83, 'juniper-ether', 'Juniper Ethernet'],
  179: [84, 'juniper-ppp', 'Juniper PPP'],
  180: [85, 'juniper-frelay', 'Juniper Frame-Relay'],
  181: [86, 'juniper-chdlc', 'Juniper C-HDLC'],
  183: [91, 'juniper-vp', 'Juniper Voice PIC'],
  184: [181, 'juniper-vn', 'Juniper VN'],
  186: [92, 'usb-freebsd', 'USB packets with FreeBSD header'],
  187: [41, 'bluetooth-h4', 'Bluetooth H4'],
  188: [93, 'ieee-802-16-mac-cps', 'IEEE 802.16 MAC Common Part Sublayer'],
  189: [95, 'usb-linux', 'USB packets with Linux header'],
  190: [109, 'can20b', 'Controller Area Network 2.0B'],
  192: [97, 'ppi', 'Per-Packet Information header'],
  195: [104, 'wpan', 'IEEE 802.15.4 Wireless PAN'],
  196: [100, 'sita-wan', 'SITA WAN packets'],
  197: [98, 'erf', 'Extensible Record Format'],
  199: [103, 'ipmb-kontron', 'Intelligent Platform Management Bus with Kontron pseudo-header'],
  200: [197, 'juniper-st', 'Juniper Secure Tunnel Information'],
  201: [99, 'bluetooth-h4-linux', 'Bluetooth H4 with linux header'],
  202: [147, 'ax25-kiss', 'AX.25 with KISS header'],
  203: [131, 'lapd', 'LAPD'],
  204: [19, 'ppp-with-direction', 'PPP with Directional Info'],
  209: [112, 'i2c-linux', 'I2C with Linux-specific pseudo-header'],
  210: [106, 'flexray', 'FlexRay'],
  211: [108, 'most', 'Media Oriented Systems Transport'],
  212: [107, 'lin', 'Local Interconnect Network'],
  213: [111, 'x2e-serial', 'X2E serial line capture'],
  214: [105, 'x2e-xoraya', 'X2E Xoraya'],
  215: [113, 'wpan-nonask-phy', 'IEEE 802.15.4 Wireless PAN non-ASK PHY'],
  220: [115, 'usb-linux-mmap', 'USB packets with Linux header and padding'],
  224: [121, 'fc2', 'Fibre Channel FC-2'],
  225: [122, 'fc2sof', 'Fibre Channel FC-2 With Frame Delimiter'],
  226: [124, 'ipnet', 'Solaris IPNET'],
  227: [125, 'socketcan', 'SocketCAN'],
  228: [129, 'rawip4', 'Raw IPv4'],
  229: [130, 'rawip6', 'Raw IPv6'],
  230: [127, 'wpan-nofcs', 'IEEE 802.15.4 Wireless PAN with FCS not present'],
  231: [146, 'dbus', 'D-Bus'],
  235: [132, 'dvbci', 'DVB-CI (Common Interface)'],
  236: [133, 'mux27010', 'MUX27010'],
  237: [157, 's5066-dpdu', 'STANAG 5066 Data Transfer Sublayer PDUs(D_PDU)'],
  239: [141, 'nflog', 'NFLOG'],
  240: [135, 'netanalyzer', 'Hilscher netANALYZER'],
  241: [136, 'netanalyzer-transparent', 'Hilscher netANALYZER-Transparent'],
  242: [180, 'ip-ib', 'IP over IB'],
  243: [138, 'mp2ts', 'ISO/IEC 13818-1 MPEG2-TS'],
  245: [140, 'nfc-llcp', 'NFC LLCP'],
  248: [149, 'sctp', 'SCTP'],
  249: [152, 'usb-usbpcap', 'USB packets with USBPcap header'],
  250: [153, 'rtac-serial', 'RTAC serial-line'],
  251: [154, 'bluetooth-le-ll', 'Bluetooth Low Energy Link Layer'],
  252: [155, 'wireshark-upper-pdu', 'Wireshark Upper PDU export'],
  253: [158, 'netlink', 'Linux Netlink'],
  254: [159, 'bluetooth-linux-monitor', 'Bluetooth Linux Monitor'],
  255: [160, 'bluetooth-bredr-bb-rf', 'Bluetooth BR/EDR Baseband RF'],
  256: [161, 'bluetooth-le-ll-rf', 'Bluetooth Low Energy Link Layer RF'],
  258: [171, 'pktap', 'Apple PKTAP'],
  259: [172, 'epon', 'Ethernet Passive Optical Network'],
  260: [173, 'ipmi-trace', 'IPMI Trace Data Collection'],
  264: [177, 'iso14443', 'ISO 14443 contactless smartcard standards'],
  266: [182, 'usb-darwin', 'USB packets with Darwin (macOS, etc.) headers'],
  268: [36, 'sdlc', 'SDLC'],
  270: [183, 'loratap', 'LoRaTap'],
  271: [185, 'vsock', 'Linux vsock'],
  272: [186, 'nordic_ble', 'nRF Sniffer for Bluetooth LE'],
  273: [199, 'docsis31_xra31', 'DOCSIS with Excentis XRA pseudo-header'],
  274: [198, 'ether-mpacket', 'IEEE 802.3br mPackets'],
  275: [200, 'dpauxmon', 'DisplayPort AUX channel with Unigraf pseudo-header'],
  276: [210, 'linux-sll2', 'Linux cooked-mode capture v2'],
  279: [204, 'ebhscr', 'Elektrobit High Speed Capture and Replay'],
  280: [205, 'vpp', 'Vector Packet Processing graph dispatch trace'],
  283: [206, 'wpan-tap', 'IEEE 802.15.4 Wireless with TAP pseudo-header'],
  287: [211, 'zwave-serial', 'Z-Wave Serial API packets'],
  288: [208, 'usb-20', 'USB 2.0/1.1/1.0 packets'],
  290: [212, 'etw', 'Event Tracing for Windows messages'],
  292: [214, 'zbncp', 'ZBOSS NCP'],
  293: [215, 'usb-20-low', 'Low-Speed USB 2.0/1.1/1.0 packets'],
  294: [216, 'usb-20-full', 'Full-Speed USB 2.0/1.1/1.0 packets'],
  295: [217, 'usb-20-high', 'High-Speed USB 2.0 packets'],
}

/** Link types that other formats have and that have no LINKTYPE_ value get one beyond those: 65536 and more. */
const OWN = 65_536
export const FDDI = 10
export const BLUETOOTH_HCI = OWN + 102
export const PACKETLOGGER = OWN + 118
export const IEEE_802_11_RADIO = OWN + 22
export const IEEE_802_11_NETMON = OWN + 126
export const IP_OVER_IB = OWN + 137
export const NETMON_EVENT = OWN + 187
export const NETMON_FILTER = OWN + 189
export const NETMON_INFO = OWN + 190
export const ICMP_NETTL = OWN + 64
export const ICMPV6_NETTL = OWN + 65
export const IP_NETTL = OWN + 70
export const ETHERNET_NETTL = OWN + 71
export const TOKEN_RING_NETTL = OWN + 72
export const FDDI_NETTL = OWN + 73
export const X25_NETTL = OWN + 79
export const TELNET_NETTL = OWN + 94
/** What an interface has that is only implied, and whose packets are of several link types. */
export const SEVERAL_LINKTYPES = OWN + 0xffff

/** [Wireshark's short name, long name] of our own values, as printed by capinfos 4.0.17. */
// biome-ignore format: a table
const OWN_TABLE: [number, string, string][] = [
  [SEVERAL_LINKTYPES, 'per-packet', 'Per packet'],
  [ICMP_NETTL, 'raw-icmp-nettl', 'Raw ICMP with nettl headers'],
  [ICMPV6_NETTL, 'raw-icmpv6-nettl', 'Raw ICMPv6 with nettl headers'],
  [IP_NETTL, 'rawip-nettl', 'Raw IP with nettl headers'],
  [ETHERNET_NETTL, 'ether-nettl', 'Ethernet with nettl headers'],
  [TOKEN_RING_NETTL, 'tr-nettl', 'Token Ring with nettl headers'],
  [FDDI_NETTL, 'fddi-nettl', 'FDDI with nettl headers'],
  [X25_NETTL, 'x25-nettl', 'X.25 with nettl headers'],
  [TELNET_NETTL, 'raw-telnet-nettl', 'Raw telnet with nettl headers'],
  [BLUETOOTH_HCI, 'bluetooth-hci', 'Bluetooth without transport layer'],
  [PACKETLOGGER, 'packetlogger', 'Apple Bluetooth PacketLogger'],
  [IEEE_802_11_RADIO, 'ieee-802-11-radio', 'IEEE 802.11 Wireless LAN with radio information'],
  [IEEE_802_11_NETMON, 'ieee-802-11-netmon', 'IEEE 802.11 plus Network Monitor radio header'],
  [IP_OVER_IB, 'ip-over-ib', 'IP over InfiniBand'],
  [NETMON_EVENT, 'netmon_event', 'Network Monitor Network Event'],
  [NETMON_FILTER, 'netmon_filter', 'Network Monitor Filter'],
  [NETMON_INFO, 'netmon_network_info', 'Network Monitor Network Info'],
]

const LINKTYPES = new Map<number, Linktype>(
  Object.entries(TABLE).map(([value, [encapsulation, name, description]]) => [
    Number(value),
    { encapsulation, name, description },
  ]),
)
for (const [value, name, description] of OWN_TABLE)
  LINKTYPES.set(value, { encapsulation: value === SEVERAL_LINKTYPES ? -1 : value - OWN, name, description })
