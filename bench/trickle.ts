/**
 * What workerd holds of a hundred live streams that trickle through our door, beside as many through a Worker that does nothing but
 * put each 32 KiB into R2: `npm run bench:trickle [-- --small]`. Each stream brings what two hours at 333 bytes a second bring, faster.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Launched, launch } from './launcher.ts'
import { against, printTable } from './measure.ts'
import { forgetPeak, peakMemory } from './processes.ts'

const STREAMS = 100
/** Slow enough for a stream to be one that trickles: 32 KiB of it take longer than a second. Bytes a second of each. */
const RATE = 25_000
/** Packets of a stream between two looks at the memory, and looks. */
const PACKETS = 320
const LOOKS = process.argv.includes('--small') ? 2 : 5
const PACKET = 1500

const HEAD = new Uint8Array(24)
const head = new DataView(HEAD.buffer)
for (const [at, value] of [
  [0, 0xa1b2c3d4],
  [4, 0x0004_0002],
  [16, 65_535],
  [20, 1],
] as const)
  head.setUint32(at, value, true)
const BODY = new Uint8Array(PACKET)
for (const at of [8, 12]) new DataView(BODY.buffer).setUint32(at, PACKET - 16, true)

const chunk = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

async function open(to: Launched, path: string): Promise<Socket> {
  const socket = connect(Number(new URL(to.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.resume()
  socket.write(`PUT ${path} HTTP/1.1\r\nHost: ${new URL(to.url).host}\r\nTransfer-Encoding: chunked\r\n\r\n`)
  socket.write(chunk(HEAD))
  return socket
}

/** @returns MiB that its workerd held at most after each share of the streams */
async function trickle(to: Launched, pathOf: (stream: number) => string): Promise<number[]> {
  const sockets = await Promise.all(Array.from({ length: STREAMS }, (_, at) => open(to, pathOf(at))))
  const packet = chunk(BODY)
  const held: number[] = []
  const startedAt = performance.now()
  for (let sent = 1; sent <= PACKETS * LOOKS; sent++) {
    for (const socket of sockets) socket.write(packet)
    if (sent % PACKETS === 0) {
      held.push(peakMemory(to.pid))
      forgetPeak(to.pid)
    }
    const ahead = startedAt + (sent * PACKET * 1000) / RATE - performance.now()
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead))
  }
  for (const socket of sockets) socket.destroy()
  return held
}

await using ours = await launch('doors-worker.ts')
await using bare = await launch('trickle-worker.ts')
const [byOurs, byBare] = await Promise.all([
  trickle(ours, (at) => `/api/v1/${ours.token}/upload/${at}.pcap`),
  trickle(bare, (at) => `/${at}`),
])
const last = (held: number[]) => held.at(-1) ?? Number.NaN
console.log(`${STREAMS} streams that trickle: MiB that workerd held at most meanwhile\n`)
printTable([
  ['MB so far', 'ours', 'a Worker that only puts'],
  ...byOurs.map((held, at) => [
    ((STREAMS * PACKETS * PACKET * (at + 1)) / 1e6).toFixed(0),
    held.toFixed(0),
    (byBare[at] ?? Number.NaN).toFixed(0),
  ]),
])
console.log(`\nours : that Worker  ${against(last(byOurs) / last(byBare), 1.25, '≤', 2)}`)
process.exit() // streams that were broken off end by themselves
