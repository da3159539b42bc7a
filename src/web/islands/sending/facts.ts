/** Facts of files, read in a worker, one file at a time. */
import type { Told } from '../reading.ts'

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): {
    createScriptURL(url: string): string
  }
}

const WORKER = new URL('/islands/reading.js', location.href).href

/** The one address that may become a worker. */
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('pcaport', {
  createScriptURL(url) {
    if (url !== WORKER) throw new TypeError('no worker of this page')
    return url
  },
})

interface Wish {
  file: File
  told: (told: Told) => void
}

const wishes: Wish[] = []
let current: { wish: Wish; worker: Worker } | null = null

/** Have the facts of a file told as they come. @returns ends that, whether it has begun or not */
export function readFacts(file: File, told: (told: Told) => void): () => void {
  const wish = { file, told }
  wishes.push(wish)
  next()
  return () => {
    const at = wishes.indexOf(wish)
    if (at >= 0) wishes.splice(at, 1)
    if (current?.wish === wish) end()
  }
}

function next(): void {
  if (current !== null) return
  const wish = wishes.shift()
  if (wish === undefined) return
  const worker = new Worker(policy?.createScriptURL(WORKER) ?? WORKER, { type: 'module' })
  current = { wish, worker }
  worker.onmessage = ({ data }: MessageEvent<Told | null>) => {
    if (data !== null) wish.told(data)
    if (data === null || data.end !== null) end()
  }
  worker.onerror = end
  worker.postMessage(wish.file)
}

function end(): void {
  current?.worker.terminate()
  current = null
  next()
}
