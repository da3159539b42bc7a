// SPDX-License-Identifier: GPL-2.0-or-later
/** The engine as the page has it: a worker that is made, waited for, ended and made again. */

import { type Column, type Engine, EngineError, type Progress } from './engine.ts'
import { filesOf } from './engine-files.ts'
import type { Answer, Call, Start } from './engine-worker.ts'
import { FIRST, type Profile } from './profile.ts'

export interface EngineAssets {
  worker: string
  wasm: string
  data: string
}

/** Compiled once a page, by the address of its code: the next engine is there in a fraction of the time. */
const compiled = new Map<string, WebAssembly.Module>()

/** An engine in a worker of its own; `end` is the only way to cancel what it does. */
export interface RunningEngine extends Engine {
  end(): void
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown }
}

/** Only a script of this site's viewer becomes a worker. */
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('pcaport-viewer', {
  createScriptURL(url) {
    if (/^\/viewer\/engine-worker-[0-9a-f]{12}\.js$/.test(url)) return url
    throw new TypeError('no script of the viewer')
  },
})

/**
 * Begin loading an engine: 20 MB the first time. What is asked of it waits until it is there.
 * @param onProgress how far the wait is that is going on
 * @param profile by which it dissects: read when it starts, and never again
 */
export function startEngine(
  assets: EngineAssets,
  columns: Column[],
  onProgress: (progress: Progress) => void,
  profile: Profile = FIRST,
): RunningEngine {
  const url = policy ? policy.createScriptURL(assets.worker) : assets.worker
  const worker = new Worker(url as string, { type: 'module', name: 'dissection' })
  const waiting = new Map<number, { resolve(value: never): void; reject(error: EngineError): void }>()
  let calls = 0
  let gone: EngineError | null = null

  const fail = (error: EngineError) => {
    gone ??= error
    worker.terminate()
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if ('progress' in data) return onProgress(data.progress)
    if ('module' in data) return void compiled.set(assets.wasm, data.module)
    const call = waiting.get(data.id)
    waiting.delete(data.id)
    if ('value' in data) return call?.resolve(data.value as never)
    const error = new EngineError(data.error.kind, data.error.message)
    call?.reject(error)
    if (error.kind === 'crashed') fail(error)
  }
  worker.onerror = (event) => {
    event.preventDefault()
    fail(new EngineError('crashed', 'The dissection engine stopped.'))
  }
  const module = compiled.get(assets.wasm) ?? null
  worker.postMessage({
    wasm: assets.wasm,
    data: assets.data,
    columns,
    files: filesOf(profile, columns),
    module,
  } satisfies Start)

  const call =
    (name: keyof Engine) =>
    (...args: unknown[]): Promise<never> =>
      new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone)
        const id = ++calls
        waiting.set(id, { resolve, reject })
        worker.postMessage({ id, name, args } satisfies Call)
      })
  return {
    ready: call('ready'),
    open: call('open'),
    frames: call('frames'),
    frame: call('frame'),
    follow: call('follow'),
    conversations: call('conversations'),
    endpoints: call('endpoints'),
    objects: call('objects'),
    object: call('object'),
    ioGraph: call('ioGraph'),
    checkFilter: call('checkFilter'),
    complete: call('complete'),
    ownColours: call('ownColours'),
    dissectors: call('dissectors'),
    heap: call('heap'),
    end: () => fail(new EngineError('crashed', 'Cancelled.')),
  }
}
