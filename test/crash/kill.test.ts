/** A whole server killed in the middle of its work, three times: what it has acknowledged is there, and everything comes to rest. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { pcap } from '../support/captures.ts'
import { type Server, startServer } from '../support/server.ts'

const UPLOADS = 200
const AT_ONCE = 16
/** The group is killed when so many have been acknowledged. */
const KILLS = [40, 90, 140]
/** A sender that gets no answer in this time gives up. Milliseconds. */
const PATIENCE = 70_000
/** A lease of an upload here, and two turns of the cron after it: what a kill cut down is gone by then. Milliseconds. */
const MENDED = 20_000 + 2 * 6_000

interface Upload {
  at: number
  bytes: Buffer
  sha256: string
  key: string
}

/** A capture of random packets, from 1 KB to 2 MB, most of them small. */
function uploadOf(at: number): Upload {
  const size = Math.round(1000 * 2000 ** (((at * 0.618) % 1) ** 2))
  const packets = Math.max(1, Math.round(size / 1016))
  const records = Array.from({ length: packets }, (_, n) => ({ seconds: at, fraction: n, data: randomBytes(1000) }))
  const bytes = Buffer.from(pcap(records))
  return { at, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), key: randomUUID() }
}

function requestOf({ at, bytes, key }: Upload, server: Server): [string, RequestInit & { duplex?: 'half' }] {
  const door = `${server.url}/api/v1/${server.token}/upload`
  const named = `${door}/capture-${at}.pcap`
  const form = () => {
    const body = new FormData()
    body.append('file', new Blob([new Uint8Array(bytes)]), `capture-${at}.pcap`)
    return body
  }
  switch (at % 5) {
    case 0:
      return [named, { method: 'PUT', body: new Uint8Array(bytes) }]
    case 1:
      return [named, { method: 'PUT', body: new Blob([new Uint8Array(bytes)]).stream(), duplex: 'half' }]
    case 2:
      return [door, { method: 'POST', body: form() }]
    case 3: {
      const headers = { Authorization: `Bearer ${server.token}` }
      return [`${server.url}/api/v1/upload/private/`, { method: 'POST', headers, body: form() }]
    }
    default:
      return [named, { method: 'PUT', headers: { 'Idempotency-Key': key }, body: new Uint8Array(bytes) }]
  }
}

/** Rows of the database under a state folder that has this table. The server holds it locked while it runs. */
function query(state: string, table: string, sql: string): Record<string, unknown>[] {
  for (const file of globSync('**/*.sqlite', { cwd: state })) {
    const database = new DatabaseSync(join(state, file), { readOnly: true })
    try {
      const has = database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(table)
      if (has) return database.prepare(sql).all()
    } finally {
      database.close()
    }
  }
  throw new Error(`no database under ${state} has a table ${table}`)
}

it(`${UPLOADS} uploads, ${AT_ONCE} at once, the server killed ${KILLS.length} times: nothing acknowledged is lost, all end as ok`, async () => {
  const state = mkdtempSync(join(tmpdir(), 'pcaport-crash-'))
  const token = randomBytes(16).toString('hex')
  const startedAt = Date.now()
  let server = await startServer({ state, token })
  try {
    const uploads = Array.from({ length: UPLOADS }, (_, at) => uploadOf(at))
    const acknowledged = new Map<string, Upload>()
    let tries = 0
    let kills = 0
    let up = Promise.resolve()
    let killedAt = 0

    const restart = async () => {
      killedAt = Date.now()
      await server.kill('SIGKILL')
      server = await startServer({ state, token, port: server.port })
    }
    const send = async (upload: Upload) => {
      for (const until = Date.now() + PATIENCE; ; await sleep(250)) {
        await up
        if (Date.now() > until) throw new Error(`upload ${upload.at} was never acknowledged`)
        tries++
        const [url, init] = requestOf(upload, server)
        const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(15_000) }).catch(() => null)
        const body = answer?.status === 200 ? await answer.json().catch(() => null) : null
        if (!body) {
          await answer?.body?.cancel().catch(() => undefined)
          continue
        }
        const { id, uuid } = body as { id?: string; uuid?: string }
        acknowledged.set(id ?? uuid ?? '', upload)
        if (acknowledged.size >= (KILLS[kills] ?? Number.POSITIVE_INFINITY)) {
          kills++
          up = restart()
        }
        return
      }
    }
    const waiting = [...uploads]
    const sender = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await send(next)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, sender))
    const sentAt = Date.now()
    expect(kills).toBe(KILLS.length)
    expect(acknowledged.size).toBe(UPLOADS)

    const headers = { Authorization: `Bearer ${token}` }
    const statusOf = async (id: string) => {
      const answer = await fetch(`${server.url}/api/v1/pcaps/private/status/${id}`, { headers })
      return ((await answer.json()) as { status: string }).status
    }
    const unfinished = new Set(acknowledged.keys())
    for (const until = Date.now() + 45_000; unfinished.size > 0 && Date.now() < until; await sleep(250))
      for (const id of unfinished) if ((await statusOf(id)) === 'ok') unfinished.delete(id)
    expect([...unfinished]).toEqual([])
    const parsedAt = Date.now()

    const altered: string[] = []
    for (const [id, { sha256 }] of acknowledged) {
      const got = await fetch(`${server.url}/api/v1/${token}/download/${id}`)
      const body = Buffer.from(await got.arrayBuffer())
      if (got.status !== 200 || createHash('sha256').update(body).digest('hex') !== sha256) altered.push(id)
    }
    expect(altered).toEqual([])

    // Tries that died are gone, or whole: one a key, and the quota is what is there.
    await sleep(Math.max(0, killedAt + MENDED - Date.now()))
    await server.kill('SIGTERM', 'launcher')
    const rows = query(state, 'captures', 'SELECT id, state, size, sha256, object_key, idempotency_key FROM captures')
    expect(rows.filter((row) => row.state !== 'ok')).toEqual([])
    for (const [id, { bytes, sha256 }] of acknowledged) {
      const row = rows.find((each) => each.id === id)
      expect([row?.size, row?.sha256]).toEqual([bytes.length, sha256])
    }

    const sent = new Set(uploads.map((upload) => upload.sha256))
    expect(rows.filter((row) => !sent.has(String(row.sha256)))).toEqual([])
    const keys = rows.map((row) => row.idempotency_key).filter((key) => key !== null)
    expect(keys.length).toBe(UPLOADS / 5)
    const bytes = rows.reduce((sum, row) => sum + Number(row.size), 0)
    expect(query(state, 'captures', 'SELECT files, bytes FROM accounts')).toEqual([{ files: rows.length, bytes }])
    const kept = query(state, '_mf_objects', `SELECT key FROM _mf_objects WHERE key LIKE 'captures/%'`)
    const orphans = kept.filter(({ key }) => !rows.some((row) => row.object_key === key))
    expect(kept.length - orphans.length).toBe(rows.length)
    expect(orphans).toEqual([])
    const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`
    console.log(
      `${UPLOADS} uploads, ${tries} tries, ${kills} kills: 0 acknowledged lost or altered; ${rows.length} captures, all ok; ` +
        `sent in ${seconds(startedAt, sentAt)}, parsed after ${seconds(sentAt, parsedAt)} more`,
    )
  } finally {
    await server.stop()
    rmSync(state, { recursive: true, force: true, maxRetries: 5 })
  }
}, 180_000)
