/** What was sent of a watched folder, for as long as anybody could ask. */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Seen } from './folder.ts'
import type { Kept } from './gateway.ts'
import { readIfThere, statePath, writePrivately } from './places.ts'
import { Refusal } from './refusal.ts'

/** One line of the ledger. */
interface Line extends Kept {
  name: string
  identity: string
  /** Milliseconds since 1970. */
  at: number
}

export interface Ledger {
  has(file: Seen): boolean
  /** Written to the disk when this returns. */
  add(file: Seen, kept: Kept): void
  close(): void
}

/** Lines from which on those are dropped that are old and whose files are no more. */
const MANY = 10_000
const OLD = 30 * 86_400_000

/** The ledger of a folder and a gateway, for this process alone. @throws Refusal where another process has it */
export async function openLedger(folder: string, host: string, present: Seen[]): Promise<Ledger> {
  const name = createHash('sha256')
    .update(`${realpathSync(folder)}\n${host}`)
    .digest('hex')
    .slice(0, 32)
  const hold = await holdName(name)
  if (hold === null) throw new Refusal(`${folder}: another pcaport is watching it for ${host} already`)
  const path = join(statePath(), 'watched', `${name}.ndjson`)
  const lines = linesIn(path)
  const kept = lines.length < MANY ? lines : withoutOld(lines, present)
  writePrivately(path, kept.map((line) => `${JSON.stringify(line)}\n`).join('')) // a line that a crash tore is gone with this
  const known = new Set(kept.map(({ identity }) => identity))
  const file = openSync(path, 'a')
  return {
    has: ({ identity }) => known.has(identity),
    add({ name: called, identity }, { id, url }) {
      const line: Line = { name: called, identity, id, url, at: Date.now() }
      writeSync(file, `${JSON.stringify(line)}\n`)
      fsyncSync(file)
      known.add(identity)
    },
    close() {
      closeSync(file)
      hold.close()
    },
  }
}

function withoutOld(lines: Line[], present: Seen[]): Line[] {
  const there = new Set(present.map(({ identity }) => identity))
  return lines.filter(({ identity, at }) => there.has(identity) || Date.now() - at < OLD)
}

function linesIn(path: string): Line[] {
  const text = readIfThere(path) ?? ''
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Line]
    } catch {
      return [] // torn by a crash: its file is the same upload as before to the journal
    }
  })
}

/** Hold a name among all processes of this machine: by a socket, which the kernel closes however we end. `null`: another has it. */
async function holdName(name: string): Promise<Server | null> {
  const path = join(tmpdir(), `pcaport-${process.getuid?.() ?? 0}-${name}.sock`)
  for (let attempt = 0; attempt < 2; attempt++) {
    const server = createServer((caller) => caller.destroy())
    const listening = await new Promise<boolean>((answer) => {
      server.once('error', () => answer(false))
      server.listen(path, () => answer(true))
    })
    if (listening) return server.unref()
    if (await answers(path)) return null
    rmSync(path, { force: true }) // what a killed process left
  }
  return null
}

const answers = (path: string): Promise<boolean> =>
  new Promise((answer) => {
    const caller = connect(path, () => {
      caller.destroy()
      answer(true)
    })
    caller.once('error', () => answer(false))
  })
