/**
 * The corpus, hostile files and all, through a real `npm start`: every file ends, and none takes the server with it. Every fourth
 * file, another fourth each day; `PCAPORT_LONG=1` for all of them.
 */
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SNIFFED, surelyNoCapture } from '../../src/ingest/sniff.ts'
import { needs } from '../support/needs.ts'
import { startServer } from '../support/server.ts'
import { filesBelow, readCorpusFile } from './oracle.ts'

const AT_ONCE = 16
const EVERY = process.env.PCAPORT_LONG ? 1 : 4
const TODAY = Math.floor(Date.now() / 86_400_000)
/** For all uploads together, and for all parses after them. Milliseconds. */
const PATIENCE = 100_000

/** All of a list, so many at once. */
async function inTurns<T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = list.values()
  const turn = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, turn))
}

/** @returns whether a file may be refused as what is no capture */
const mayBeRefused = (file: string, content: Uint8Array): boolean =>
  /^bad\/(not_captures|compressed)\//.test(file) || surelyNoCapture(content.subarray(0, SNIFFED)) !== null

describe.skipIf(!needs.corpus.met)('files of the corpus', () => {
  it('sent to one server ends as ok, error or 415', { timeout: 2 * PATIENCE + 30_000 }, async () => {
    const all = [...filesBelow('captures'), ...filesBelow('derived'), ...filesBelow('bad')]
    const files = all.filter((_, at) => at % EVERY === TODAY % EVERY)
    expect(files.length).toBeGreaterThan(0)
    const server = await startServer()
    try {
      const begunAt = Date.now()
      const signal = AbortSignal.timeout(PATIENCE)
      const accepted = new Map<string, string>()
      const wrong: string[] = []
      let refused = 0
      await inTurns(files, async (file) => {
        const body = new Uint8Array(readCorpusFile(file))
        const url = `${server.url}/api/v1/${server.token}/upload?filename=${encodeURIComponent(basename(file))}`
        const answer = await fetch(url, { method: 'PUT', body, signal })
        const text = await answer.text()
        if (answer.status === 200) accepted.set((JSON.parse(text) as { id: string }).id, file)
        else if (answer.status === 415 && mayBeRefused(file, body)) refused++
        else wrong.push(`${file}: ${answer.status} ${text}`)
      })
      expect(wrong).toEqual([])
      expect(accepted.size + refused).toBe(files.length)
      const sentAt = Date.now()

      const headers = { Authorization: `Bearer ${server.token}` }
      const ask = async (path: string) => {
        const answer = await fetch(`${server.url}/api/v1/pcaps/private/${path}`, { headers })
        const text = await answer.text()
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`)
        return JSON.parse(text) as Record<string, unknown>
      }
      const ended = { ok: 0, error: 0 }
      const unfinished: string[] = []
      // One after the other, about as they are parsed: many who ask would keep the server from its work.
      for (const [id, file] of accepted)
        for (;;) {
          const { status } = await ask(`status/${id}`)
          if (status === 'ok' || status === 'error') ended[status]++
          else if (Date.now() > sentAt + PATIENCE) unfinished.push(`${file}: ${status}`)
          else {
            await sleep(250)
            continue
          }
          break
        }
      expect(unfinished).toEqual([])
      expect((await ask('user/limits')).currentFilesCount).toBe(accepted.size)
      const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`
      console.log(
        `${files.length} files: ${ended.ok} ok, ${ended.error} error, ${refused} refused; ` +
          `sent in ${seconds(begunAt, sentAt)}, parsed after ${seconds(sentAt, Date.now())} more`,
      )
    } finally {
      await server.stop()
    }
  })
})
