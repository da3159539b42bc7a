/** Captures as the pages get them, written by hand after real ones. */

import type { Facts, InterfaceFacts } from '../../src/summary/facts.ts'
import type { Capture } from '../../src/web/pages/capture.tsx'

export const ORIGIN = 'https://captures.example.net'
export const NOW = new Date('2026-10-02T09:14:33Z')

/** A row that is `ok`, changed as wanted. */
export function captureOf(changes: Partial<Capture> = {}): Capture {
  return {
    id: '0b9c4d1e-6f2a-4c35-9e57-3d8a41f0c6b2',
    accountId: 1,
    state: 'ok',
    filename: 'branch-office-voip.pcapng',
    size: 48_317_604,
    visibility: 'unlisted',
    tags: ['voip', 'branch-7', 'ticket-48213'],
    comments: 'Choppy audio since Monday.\nTaken on the uplink of sw-07, both directions.',
    objectKey: '1/0b9c4d1e/1',
    uploadId: null,
    createdAt: Date.parse('2026-10-02T09:12:07Z'),
    leaseUntil: null,
    dueAt: null,
    generation: 0,
    attempts: 1,
    idempotencyKey: null,
    sha256: '7f4b6e0d2c915a83b61f0e9d47c2a58b3e6d10f79a4c85b2e1d3f06a9b7c4e58',
    sha1: '70eebfe0b3403fd95d5d4e749f47cb4b5a61253b',
    md5: '9dc18dcafd2dfc4ed9db135d356ccc19',
    facts: null,
    failure: null,
    cursor: 0,
    progress: null,
    copySize: 0,
    copiedAt: null,
    summaryKey: '1/0b9c4d1e/summary/0',
    brokenOff: null,
    keylogKey: null,
    keylogSize: null,
    fetch: null,
    make: null,
    revision: 0,
    deleteAt: null,
    viewCount: 3,
    lastAccessedAt: null,
    keep: false,
    ...changes,
  }
}

/** The facts of a pcapng file of one section with one interface, changed as wanted. */
export function factsOf(changes: Partial<Facts> = {}): Facts {
  return {
    verdict: 'whole',
    fileType: 'pcapng',
    fileTypeName: 'Wireshark/... - pcapng',
    compression: null,
    encapsulation: 'ether',
    encapsulationName: 'Ethernet',
    encapsulations: [{ name: 'Ethernet', count: 214_508 }],
    timePrecision: 'nanoseconds',
    snaplen: null,
    snaplenInferred: null,
    packets: 214_508,
    frames: 214_508,
    fileSize: 48_317_604,
    dataSize: 41_239_118,
    firstTime: '1790888405.104237915',
    lastTime: '1790892128.548260117',
    duration: '3723.444022202',
    byteRate: '11075.53',
    bitRate: '88604.24',
    averagePacketSize: '192.25',
    packetRate: '57.61',
    strictTimeOrder: 'True',
    sections: [
      {
        byteOrder: 'little',
        version: '1.0',
        hardware: 'Intel(R) Xeon(R) CPU E-2276G @ 3.80GHz (with SSE4.2)',
        os: 'Linux 6.12.41+deb13-amd64',
        application: 'Dumpcap (Wireshark) 4.4.18 (Git commit 0a1b2c3d4e5f)',
        comments: [],
      },
    ],
    sectionCount: 1,
    interfaces: [interfaceOf()],
    interfaceCount: 1,
    leftOut: { sections: 0, interfaces: 0, faults: 0, texts: 0 },
    resolvedIpv4: 41,
    resolvedIpv6: 7,
    decryptionSecrets: 0,
    comments: ['Second attempt: the first one missed the SIP dialogue.'],
    packetComments: 2,
    truncated: false,
    faults: [],
    ...changes,
  }
}

export function interfaceOf(changes: Partial<InterfaceFacts> = {}): InterfaceFacts {
  return {
    if_name: 'enp3s0f1',
    if_description: 'uplink sw-07 port 48',
    if_filter: 'udp port 5060 or udp portrange 16384-32767',
    if_os: 'Linux 6.12.41+deb13-amd64',
    if_tsresol: 9,
    if_speed: '10000000000',
    if_MACaddr: '3c:ec:ef:12:a4:07',
    if_IPv4addr: ['192.0.2.17/255.255.255.0'],
    section: 0,
    comments: [],
    linktype: 1,
    encapsulation: 'ether',
    encapsulationName: 'Ethernet',
    snaplen: 262_144,
    timePrecision: 'nanoseconds',
    ticksPerSecond: '1000000000',
    packets: 214_508,
    statistics: 1,
    ...changes,
  }
}

/** The facts of a small old pcap file. */
export function smallFacts(changes: Partial<Facts> = {}): Facts {
  return factsOf({
    fileType: 'pcap',
    fileTypeName: 'Wireshark/tcpdump/... - pcap',
    timePrecision: 'microseconds',
    snaplen: 65_535,
    packets: 43,
    frames: 43,
    fileSize: 25_803,
    dataSize: 25_091,
    firstTime: '1084443427.311224',
    lastTime: '1084443457.704928',
    duration: '30.393704',
    byteRate: '825.53',
    bitRate: '6604.26',
    averagePacketSize: '583.51',
    packetRate: '1.41',
    encapsulations: [{ name: 'Ethernet', count: 43 }],
    sections: [{ byteOrder: 'little', version: '2.4', hardware: null, os: null, application: null, comments: [] }],
    interfaces: [
      {
        section: 0,
        comments: [],
        linktype: 1,
        encapsulation: 'ether',
        encapsulationName: 'Ethernet',
        snaplen: 65_535,
        timePrecision: 'microseconds',
        ticksPerSecond: '1000000',
        packets: 43,
        statistics: 0,
      },
    ],
    resolvedIpv4: 0,
    resolvedIpv6: 0,
    comments: [],
    packetComments: 0,
    ...changes,
  })
}
