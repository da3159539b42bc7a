/** The pages in every state that has a look of its own, by name. */
import { capturePage } from '../../src/web/pages/capture.tsx'
import { errorPage } from '../../src/web/pages/error.tsx'
import { landingPage } from '../../src/web/pages/landing.tsx'
import { notFoundPage } from '../../src/web/pages/not-found.tsx'
import { shareGatePage } from '../../src/web/pages/share-gate.tsx'
import type { Shared } from '../../src/web/pages/shared.tsx'
import { sharedSlicePage } from '../../src/web/pages/shared-slice.tsx'
import { captureOf, factsOf, interfaceOf, NOW, ORIGIN, smallFacts } from './fixture.ts'

const sample = (capture: ReturnType<typeof captureOf>, facts: ReturnType<typeof factsOf> | null, origin: string) =>
  capturePage({ capture, summary: facts && { facts }, origin, now: NOW })

const small = { filename: 'http.cap', size: 25_803, tags: ['http'], comments: '' }
const sha256Only = { sha1: null, md5: null }

const shared = (origin: string): Shared => ({
  id: '9f1c2e7ab04d4c6f8d35e9a1b7c60f52',
  origin,
  expiresAt: Date.parse('2026-10-09T12:00:00Z'),
  hasKeylog: true,
  viewer: {
    script: '/viewer/v.js',
    style: '/viewer/v.css',
    worker: '/viewer/w.js',
    wasm: '/viewer/e.wasm.gz',
    data: '/viewer/e.data.gz',
  },
  isGated: false,
})
const path = '/s/9f1c2e7ab04d4c6f8d35e9a1b7c60f52'
const noted = (frame: number, text: string) => ({ frame, text, user: 'noc', createdAt: 0 })
const notes = [
  noted(3, 'The INVITE that is never answered.'),
  noted(11_500, 'Jitter begins here.\nSame second as the flap of the uplink; compare sw-07, port 12.'),
  noted(214_510, `<script>alert(3)</script>\u202e${'unbroken'.repeat(30)}`),
]

export const SAMPLES: Record<string, (origin: string) => string> = {
  landing: (origin) => landingPage({ origin }),
  ok: (origin) => sample(captureOf(), factsOf(), origin),
  small: (origin) => sample(captureOf(small), smallFacts(), origin),
  many: (origin) =>
    sample(
      captureOf({ filename: 'spine-mirror_2026-10-02T08-00-05.104237915Z_all-ports.pcapng', visibility: 'private' }),
      factsOf({
        encapsulations: [
          { name: 'Ethernet', count: 201_117 },
          { name: 'Linux cooked-mode capture v2', count: 13_391 },
        ],
        encapsulation: 'per-packet',
        encapsulationName: 'Per packet',
        decryptionSecrets: 1,
        strictTimeOrder: 'False',
        interfaceCount: 300,
        interfaces: Array.from({ length: 300 }, (_, i) =>
          interfaceOf({
            if_name: `swp${i + 1}`,
            if_description: i % 3 === 0 ? 'server rack, top' : undefined,
            if_filter: undefined,
            if_MACaddr: `3c:ec:ef:12:a4:${(i % 256).toString(16).padStart(2, '0')}`,
            packets: (i * 7919) % 3301,
            statistics: 0,
          }),
        ),
      }),
      origin,
    ),
  truncated: (origin) =>
    sample(
      captureOf({ filename: 'overnight-rotation-00017.pcap', comments: '' }),
      factsOf({
        truncated: true,
        verdict: 'truncated',
        comments: [],
        faults: [
          {
            at: 48_316_208,
            what: 'truncated-record',
            message: 'the packet record says 1514 bytes, the file ends after 1380',
          },
        ],
      }),
      origin,
    ),
  sections: (origin) =>
    sample(
      captureOf({ filename: 'merged.pcapng', tags: [], comments: '' }),
      factsOf({
        sections: [
          {
            byteOrder: 'little',
            version: '1.0',
            hardware: null,
            os: 'Linux 6.12.41',
            application: 'Dumpcap 4.4.18',
            comments: [],
          },
          { byteOrder: 'big', version: '1.0', hardware: 'PowerPC', os: null, application: null, comments: [] },
        ],
        sectionCount: 2,
        interfaceCount: 2,
        interfaces: [interfaceOf(), interfaceOf({ if_name: 'wlan0', if_description: undefined })],
        firstTime: null,
        lastTime: null,
        duration: null,
        strictTimeOrder: 'Unknown',
        byteRate: 'n/a',
        bitRate: 'n/a',
        packetRate: 'n/a',
      }),
      origin,
    ),
  hostile: (origin) =>
    sample(
      captureOf({
        filename: `"><script>alert(1)</script>\u202egpj.exe\u0007${'very-long-name-without-a-break-'.repeat(6)}.pcap`,
        tags: ['<b>bold</b>', 'a'.repeat(120), 'مرحبا', '\u2066hidden\u2069'],
        comments: '<img src=x onerror=alert(1)>\n\n\tindented  twice\n\u202eesrever',
      }),
      factsOf({
        comments: ['</style><script>alert(2)</script>'],
        interfaces: [interfaceOf({ if_name: "eth0' onload='x" })],
      }),
      origin,
    ),
  uploading: (origin) =>
    sample(
      captureOf({ ...small, state: 'uploading', createdAt: NOW.getTime() - 900, sha256: null, ...sha256Only }),
      null,
      origin,
    ),
  waiting: (origin) => sample(captureOf({ state: 'stored', ...sha256Only }), null, origin),
  processing: (origin) => sample(captureOf({ state: 'parsing', ...sha256Only }), null, origin),
  progress: (origin) => sample(captureOf({ state: 'stored', progress: 42, ...sha256Only }), null, origin),
  error: (origin) =>
    sample(
      captureOf({
        ...small,
        filename: 'core-dump.pcap',
        state: 'error',
        failure: { kind: 'unsupported', message: 'the file header says version 7.1, which is not read', at: 4 },
      }),
      null,
      origin,
    ),
  noted: (origin) =>
    capturePage({ capture: captureOf(small), summary: { facts: smallFacts() }, origin, now: NOW, notes }),
  shared: (origin) =>
    capturePage({
      capture: captureOf(),
      summary: { facts: factsOf({ decryptionSecrets: 1 }) },
      origin,
      now: NOW,
      notes,
      shared: shared(origin),
    }),
  'shared-part': (origin) =>
    sharedSlicePage({
      shared: shared(origin),
      filename: 'branch-office-voip.packets-3-214510.pcapng',
      selected: { packets: { from: 3, to: 214_510 } },
      notes,
    }),
  'shared-time': (origin) =>
    sharedSlicePage({
      shared: { ...shared(origin), expiresAt: null, hasKeylog: false },
      filename: 'branch-office-voip.part.pcapng',
      selected: { times: { from: '1790888405104237915', to: '1790888406000000000' } },
      notes: [],
    }),
  gate: () => shareGatePage({ path, asksPassword: true, viewsLeft: null }),
  'gate-wrong': () => shareGatePage({ path, asksPassword: true, viewsLeft: null, refused: 'wrong-password' }),
  'gate-tries': () => shareGatePage({ path, asksPassword: true, viewsLeft: null, refused: 'too-many-tries' }),
  'gate-views': () => shareGatePage({ path, asksPassword: false, viewsLeft: 3 }),
  expired: () => errorPage('share-expired'),
  missing: (origin) => notFoundPage({ origin }),
  failed: () => errorPage('internal'),
}
export { ORIGIN }
