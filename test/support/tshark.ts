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
