/** CloudShark's `info` of files of the corpus, beside the report of the real `capinfos` on the same file: every figure, through a real `npm start`. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NAMED } from '../corpus/classes.ts'
import { type Columns, corpusPath, readCorpusFile, readTable } from '../corpus/oracle.ts'
import { needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'

/** Longest file taken. Bytes. */
const MOST = 1024 ** 2

/** One file of each type, of each encapsulation, and of each end that capinfos comes to: what it reads, in whole or up to a cut. */
function oneOfEach(): string[] {
  const files = new Map<string, string>()
  for (const row of readTable('MANIFEST.tsv')) {
    const readable = (row.rc === '0' || row.rc === '1') && row.fuzz === '0' && row['differs_4.4.18'] === ''
    if (!readable || Number(row.size) > MOST || NAMED[row.file_type ?? ''] !== undefined) continue
    for (const key of [`${row.file_type} ${row.compression}`, `of ${row.encapsulation}`, `${row.file_type} ${row.rc}`])
      if (!files.has(key)) files.set(key, row.file ?? '')
  }
  return [...new Set(files.values())]
}

/** The long report of `capinfos`, by the names of its lines, without units; behind the type it has the compression, which its table has not. */
function reportOf(file: string): Columns & { rc: string } {
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' }
  let rc = 0
  let text = ''
  try {
    text = execFileSync('capinfos', ['-L', '-M', '-S', '-A', file], { encoding: 'utf8', env, stdio: 'pipe' })
  } catch (error) {
    const failed = error as { status: number; stdout: string }
    rc = failed.status
    text = failed.stdout
  }
  const lines = [...text.matchAll(/^([A-Z][^:\n]*): +(\S+)/gm)].toReversed() // the first of a name counts
  return { ...Object.fromEntries(lines.map(([, name, value]) => [name, value])), rc: String(rc) }
}

/** A time of `-S` in the form of `info`, which has whole seconds. */
const timeOf = (seconds: string | undefined): string | null =>
  seconds === undefined || seconds === 'n/a'
    ? null
    : new Date(Math.floor(Number(seconds)) * 1000).toISOString().replace('.000Z', '+00:00')

describe.skipIf(!needs.corpus.met || !needs.capinfos.met)('info', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.stop())

  it('is what capinfos says', { timeout: 120_000 }, async () => {
    const files = oneOfEach()
    expect(files.length).toBeGreaterThan(30)
    const base = `${server.url}/api/v1/${server.token}`
    const sent: [string, string][] = []
    for (const file of files) {
      const body = new Uint8Array(readCorpusFile(file))
      const answer = await fetch(`${base}/upload?filename=x.cap`, { method: 'PUT', body })
      const text = await answer.text()
      expect(answer.status, `${file}: ${text}`).toBe(200)
      sent.push([file, (JSON.parse(text) as { id: string }).id])
    }
    const wrong: string[] = []
    for (const [file, id] of sent) {
      let info: Record<string, unknown> = {}
      for (const until = Date.now() + 10_000; Date.now() < until && (info.sha1_hash ?? null) === null; await sleep(50))
        info = (await (await fetch(`${base}/info/${id}`)).json()) as Record<string, unknown>
      const said = reportOf(corpusPath(file))
      const wanted: Record<string, unknown> = {
        file_type: said['File type'],
        encapsulation: said['File encapsulation'],
        size: Number(said['File size']),
        data_size: Number(said['Data size']),
        num_packets: Number(said['Number of packets']),
        duration: said['Capture duration'] ?? 'n/a',
        start_time: timeOf(said['First packet time']),
        end_time: timeOf(said['Last packet time']),
        avg_packet_size: said['Average packet size'] ?? 'n/a',
        avg_packet_rate: said['Average packet rate'] ?? 'n/a',
        data_byte_rate: said['Data byte rate'] ?? 'n/a',
        data_bit_rate: said['Data bit rate'] ?? 'n/a',
        truncated: said.rc === '1' ? 'Yes' : 'No',
        sha1_hash: said.SHA1,
      }
      for (const [key, value] of Object.entries(wanted))
        if (info[key] !== value) wrong.push(`${file}: ${key} is ${info[key]}, capinfos says ${value}`)
    }
    expect(wrong).toEqual([])
    console.log(`info of ${sent.length} files, ${14 * sent.length} figures, beside capinfos`)
  })
})
