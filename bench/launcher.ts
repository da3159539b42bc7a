/** Workers under measurement: each in a workerd of its own, started as `npm start` starts it, on a state folder of its own. */

import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { Module } from '../ops/bundle.ts'
import { openFolder } from '../ops/databases.ts'
import { leash } from '../ops/leash.ts'
import { serve } from '../ops/local-server.ts'
import { firstToken } from '../ops/start.ts'
import { holdState, keySecret } from '../ops/state-folder.ts'
import { CONFIG_PATH, wranglerOf } from '../ops/wrangler.ts'

/** A folder for one bench's files, removed when the process ends. */
export const scratch = mkdtempSync(join(tmpdir(), 'pcaport-bench-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))

export interface Launched extends AsyncDisposable {
  url: string
  /** Of an account without limits. */
  token: string
  /** Process id of its workerd. */
  pid: number
}

let launched = 0

/** Launch a Worker of this folder, with the bindings of wrangler.toml. */
export async function launch(worker: `${string}.ts`): Promise<Launched> {
  const path = join(scratch, `${basename(worker, '.ts')}-${++launched}`)
  const folder = holdState(path)
  if (!folder) throw new Error(`${path} is in use`)
  const held = leash()
  const database = await openFolder(folder)
  const token = await firstToken(database, null, null, keySecret(folder.path), new Date()).finally(database.close)
  if (token === null) throw new Error(`${path} is not fresh`)
  const modules = await bundleOf(worker, join(path, 'worker'))
  let pid = 0
  const note = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }
    child.once('spawn', () => {
      if (basename(child.spawnfile).startsWith('workerd')) pid = child.pid ?? 0
    })
  }
  subscribe('child_process', note)
  const miniflare = await serve(modules, folder, 0).finally(() => unsubscribe('child_process', note))
  return {
    url: (await miniflare.ready).origin,
    token,
    pid,
    async [Symbol.asyncDispose]() {
      await miniflare.dispose()
      await held.release()
      folder.release()
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function bundleOf(worker: string, folder: string): Promise<Module[]> {
  const entry = resolve(import.meta.dirname, worker)
  const outcome = await wranglerOf()(['deploy', entry, '--dry-run', '--outdir', folder, '--config', CONFIG_PATH])
  if (outcome.exitCode !== 0) throw new Error(`${worker} could not be bundled:\n${outcome.said}`)
  const path = join(folder, worker.replace(/ts$/, 'js'))
  return [{ type: 'ESModule', path, contents: await readFile(path, 'utf8') }]
}
