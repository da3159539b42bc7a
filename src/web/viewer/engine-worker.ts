// SPDX-License-Identifier: GPL-2.0-or-later
/** The worker in which the engine lives: loads it once, opens one capture, answers one call after the other. */
import load from 'wiregasm-glue'
import { type Column, EngineError, type Opening, type Progress } from './engine.ts'
import type { EngineFiles } from './engine-files.ts'
import { wordsOfProblem } from './problem.ts'
import { type Lib, prepare, useKeylog, WiregasmSession } from './wiregasm.ts'

/** What the page sends first. */
export interface Start {
  /** Addresses of the engine's parts, gzipped. */
  wasm: string
  data: string
  columns: Column[]
  /** What it reads when it starts. */
  files: EngineFiles
  /** Its code, where the page has had it compiled before. */
  module: WebAssembly.Module | null
}

export type Call = { id: number; name: string; args: unknown[] }
export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: { kind: EngineError['kind']; message: string } }
  | { progress: Progress }
  | { module: WebAssembly.Module }

const page = self as unknown as { postMessage(answer: Answer, transfer?: Transferable[]): void }
let lib: Promise<Lib> | undefined
let columns: Column[] = []
let session: WiregasmSession | undefined
let isOpening = false

self.onmessage = async ({ data }: MessageEvent<Start | Call>) => {
  if (!('id' in data)) {
    columns = data.columns
    lib = loaded(data)
    lib.catch(() => undefined) // said by the first call
    return
  }
  const { id, name, args } = data
  try {
    const value = name === 'open' ? await open(args[0] as Opening) : name === 'ready' ? await lib : ask(name, args)
    page.postMessage({ id, value: name === 'ready' ? undefined : value })
  } catch (error) {
    page.postMessage({ id, error: said(error) })
  }
}

const CALLS = [
  'frames',
  'frame',
  'follow',
  'conversations',
  'endpoints',
  'objects',
  'object',
  'ioGraph',
  'checkFilter',
  'complete',
  'ownColours',
  'dissectors',
  'heap',
]

function ask(name: string, args: unknown[]): unknown {
  if (session === undefined || !CALLS.includes(name)) throw new EngineError('asked', 'No capture is open.')
  return (session[name as keyof WiregasmSession] as (...args: unknown[]) => unknown)(...args)
}

/** What is no refusal of ours is the engine's end: nothing in its heap can be relied on after it. */
function said(error: unknown): { kind: EngineError['kind']; message: string } {
  if (error instanceof EngineError) return { kind: error.kind, message: error.message }
  const words = error instanceof Error ? error.message : String(error)
  const full = /out of memory|Aborted\(OOM|memory access out of bounds|Cannot enlarge/i.test(words)
  return {
    kind: 'crashed',
    message: full
      ? 'The dissection engine ran out of memory.'
      : `The dissection engine stopped: ${words.slice(0, 200)}`,
  }
}

async function open({ url, keylog }: Opening) {
  if (lib === undefined || isOpening) throw new EngineError('asked', 'This engine has been used.')
  isOpening = true
  const [engine, capture] = await Promise.all([lib, fetched(url, 'capture')])
  if (keylog !== '') useKeylog(engine, keylog)
  const path = `${engine.getUploadDirectory()}/capture`
  const bytes = await written(engine, path, capture)
  page.postMessage({ progress: { what: 'dissection', done: 0, total: bytes } })
  const opened = new WiregasmSession(engine, path, columns)
  const facts = opened.load()
  session = opened
  return { ...facts, bytes }
}

async function loaded({ wasm, data, files, module }: Start): Promise<Lib> {
  const compiling = module === null ? compiledFrom(wasm) : Promise.resolve(module)
  compiling.catch(() => undefined)
  const packed = await fetched(data, null)
  const package_ = await new Response(unpacked(packed)).arrayBuffer().catch(brokenOff)
  const lib = await new Promise<Lib>((resolve, reject) => {
    load({
      locateFile: (path) => path,
      getPreloadedPackage: () => package_,
      instantiateWasm(imports, done) {
        compiling.then(async (module) => done(await WebAssembly.instantiate(module, imports), module)).catch(reject)
        return {}
      },
      print: () => undefined,
      printErr: () => undefined,
      handleStatus: () => undefined,
    } as Parameters<typeof load>[0]).then(resolve, reject)
  })
  prepare(lib, files)
  return lib
}

async function compiledFrom(wasm: string): Promise<WebAssembly.Module> {
  const code = new Response(unpacked(await fetched(wasm, 'engine')), {
    headers: { 'Content-Type': 'application/wasm' },
  })
  const module = await WebAssembly.compileStreaming(code).catch(brokenOff)
  page.postMessage({ module })
  return module
}

const unpacked = ({ body }: Fetched) => body.pipeThrough(new DecompressionStream('gzip'))

function brokenOff(): never {
  throw new EngineError('refused', 'The dissection engine did not come whole: the connection broke off. Try again.')
}

interface Fetched {
  body: ReadableStream<Uint8Array<ArrayBuffer>>
  length: number | null
}

/** @param what its progress is told as @throws EngineError `refused` */
async function fetched(url: string, what: Progress['what'] | null): Promise<Fetched> {
  const subject = what === 'capture' ? 'The capture' : 'The dissection engine'
  const answer = await fetch(url, { credentials: 'same-origin', redirect: 'error' }).catch(() => null)
  if (answer === null) throw new EngineError('refused', `${subject} could not be fetched: the connection failed.`)
  if (!answer.ok || answer.body === null)
    throw new EngineError('refused', `${subject} could not be fetched: ${await reasonOf(answer)}`)
  const header = answer.headers.get('Content-Length')
  const length = header === null ? null : Number(header)
  let done = 0
  let told = 0
  const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      done += chunk.length
      if (what !== null && (done - told > 262_144 || done === length)) {
        told = done
        page.postMessage({ progress: { what, done, total: length } })
      }
      controller.enqueue(chunk)
    },
  })
  return { body: answer.body.pipeThrough(counting), length }
}

/** What the server says of it, or what its status means. */
async function reasonOf(answer: Response): Promise<string> {
  const words = await wordsOfProblem(answer)
  if (words !== null) return words
  if (answer.status === 404) return 'it is not there any more, or not for you (404).'
  if (answer.status === 410) return 'this link has ended (410).'
  return `the server answered ${answer.status}.`
}

/** Write the bytes into the engine's file system as they come. @returns how many @throws EngineError `refused` where they break off */
async function written({ FS }: Lib, path: string, { body, length }: Fetched): Promise<number> {
  const file = FS.open(path, 'w')
  if (length !== null && length > 0) {
    FS.write(file, new Uint8Array(1), 0, 1, length - 1) // taken at once: growing copies
    FS.ftruncate(file.fd, length)
  }
  let at = 0
  try {
    for await (const chunk of body) {
      FS.write(file, chunk, 0, chunk.length, at)
      at += chunk.length
    }
  } catch {
    throw new EngineError(
      'refused',
      `The connection broke off after ${at} bytes${length === null ? '' : ` of ${length}`}. Try again.`,
    )
  }
  FS.ftruncate(file.fd, at)
  FS.close(file)
  return at
}
