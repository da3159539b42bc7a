/** What Debian's tshark says of a capture, in two passes as the windows of Wireshark and the viewer's engine dissect. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const TSHARK = { env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' }, maxBuffer: 512 * 1024 * 1024, timeout: 60_000 }

export async function tshark(...args: string[]): Promise<string> {
  const { stdout } = await run('tshark', args, TSHARK).catch((error: { stdout?: string; code?: number }) => {
    if (error.stdout === undefined || error.code !== 2) throw error // 2: the file is damaged, and what was read is told
    return { stdout: error.stdout }
  })
  return stdout
}

/** The seven columns of each packet, as far as `most`. */
export async function columnsOf(path: string, most: number, ...more: string[]): Promise<string[][]> {
  const names = ['No.', 'Time', 'Source', 'Destination', 'Protocol', 'Length', 'Info']
  const fields = names.flatMap((name) => ['-e', `_ws.col.${name}`])
  const said = await tshark('-2', '-r', path, ...more, '-T', 'fields', '-E', 'separator=\u0001', ...fields)
  return said
    .split('\n')
    .slice(0, -1)
    .slice(0, most)
    .map((line) => line.split('\u0001'))
}

/** Lines of the detail tree of the first packets, each with its depth. */
export async function treesOf(path: string, most: number): Promise<string[][]> {
  const said = await tshark('-2', '-r', path, '-V', '-c', String(most))
  const packets: string[][] = []
  for (const line of said.split('\n')) {
    if (/^Frame \d+: /.test(line)) packets.push([])
    if (line !== '') packets.at(-1)?.push(line)
  }
  return packets
}

/** Numbers of the packets that a display filter lets through. */
export async function numbersOf(path: string, filter: string, ...more: string[]): Promise<number[]> {
  const said = await tshark('-2', '-r', path, ...more, '-Y', filter, '-T', 'fields', '-e', 'frame.number')
  return said.split('\n').filter(Boolean).map(Number)
}

/** Both sides of a stream, by `-z follow`: what each sent, as hex, in turn. @param stream with that of the stream inside of it: `2,1` */
export async function streamOf(path: string, protocol: string, stream: number | string, ...more: string[]) {
  const said = await tshark('-q', '-r', path, ...more, '-z', `follow,${protocol},raw,${stream}`)
  const lines = said.split('\n').filter((line) => /^\t?[0-9a-f]+$/.test(line))
  return lines.map((line) => ({ fromServer: line.startsWith('\t'), hex: line.trim() }))
}

/** What columns in Wireshark's formats hold, of each packet that a display filter lets through. */
export async function cellsOf(
  path: string,
  columns: readonly { format: string }[],
  filter: string,
): Promise<string[][]> {
  const formats = columns.map(({ format }, i) => `"c${i}", "${format}"`).join(', ')
  const fields = columns.flatMap((_, i) => ['-e', `_ws.col.c${i}`])
  const separated = ['-T', 'fields', '-E', 'separator=\u0001']
  const said = await tshark(
    '-2',
    '-r',
    path,
    '-o',
    `gui.column.format:${formats}`,
    '-Y',
    filter,
    ...separated,
    ...fields,
  )
  return said
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\u0001'))
}

/** Streams of RTP, by `-z rtp,streams`, in the order in which they began. Milliseconds; -1: there is none. */
export async function rtpStreamsOf(path: string) {
  const said = await tshark('-2', '-q', '-r', path, '-z', 'rtp,streams')
  const ends = String.raw`(\S+) +\S+ +(\S+) +(\d+) +(\S+) +(\d+) +(0x[0-9A-F]+)`
  const counts = String.raw` +(.*?) +(\d+) +(-?\d+) \((-?[\d.]+)%\)((?: +-?[\d.]+){6})`
  return said
    .split('\n')
    .flatMap((line) => {
      const [, start, from, fromPort, to, toPort, ssrc, payload = '', packets, lost, share, times = ''] =
        new RegExp(`^ *${ends}${counts} *X? *$`).exec(line) ?? []
      if (start === undefined) return []
      const numbers = times.trim().split(/ +/).map(Number)
      const stream = {
        ends: `${from} ${fromPort} ${to} ${toPort}`,
        ssrc: Number(ssrc),
        payload,
        packets: Number(packets),
        lost: Number(lost),
        lostShare: Number(share),
        delta: numbers.slice(0, 3),
        jitter: numbers.slice(3),
        isTroubled: /X *$/.test(line),
      }
      return [{ start: Number(start), stream }]
    })
    .sort((a, b) => a.start - b.start)
    .map(({ stream }) => stream)
}
