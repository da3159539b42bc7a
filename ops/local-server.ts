/** The Worker in workerd on this machine, with wrangler.toml's bindings on files of a state folder, and its cron. */
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'
import type { Module } from './bundle.ts'
import { redact } from './redaction.ts'
import { Refusal } from './refusal.ts'
import { fetchSecret, keySecret, type StateFolder } from './state-folder.ts'
import { CONFIG_PATH } from './wrangler.ts'

/** All in which the Worker here differs from the deployed one: short leases, so that a killed server mends itself fast. */
const LOCAL_VARS = { UPLOAD_LEASE_SECONDS: '20', PARSE_LEASE_SECONDS: '10', LOCAL: '1' }

/** Variables of the Worker that `npm start` takes from its own environment. */
const HANDED_ON = ['FETCH', 'FETCH_ALLOW', 'FETCH_HOSTS', 'KEY_REVEAL']

/** How often the Worker's first cron line is run here, and each of the others. Milliseconds. */
const FIRST_CRON = 5_000
const OTHER_CRONS = 600_000

/** Miniflare's own complaints, without its banners. */
class Complaints extends Log {
  constructor() {
    super(LogLevel.WARN)
  }
  override log(message: string): void {
    console.error(redact(message))
  }
}

/** @throws Refusal where the port is taken */
export async function serve(modules: Module[], folder: StateFolder, port: number): Promise<Miniflare> {
  const { unstable_getMiniflareWorkerOptions } = await import('wrangler')
  const { workerOptions } = unstable_getMiniflareWorkerOptions(CONFIG_PATH)
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port,
      cf: false,
      logRequests: false,
      log: new Complaints(),
      handleStructuredLogs({ level, message }) {
        const line = redact(message)
        if (level === 'error' || level === 'warn') console.error(line)
        else console.log(line)
      },
      resourcePersistencePath: folder.resources,
      workers: [
        {
          ...workerOptions,
          name: 'pcaport',
          modules,
          modulesRoot: folder.path,
          bindings: {
            ...(workerOptions.bindings as object),
            ...LOCAL_VARS,
            ...Object.fromEntries(HANDED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
            FETCH_SECRET: fetchSecret(folder.path),
            KEY_SECRET: keySecret(folder.path),
          },
        },
      ],
    }),
  )
  try {
    await miniflare.ready
    return miniflare
  } catch (error) {
    await miniflare.dispose().catch(() => {})
    if ((error as { code?: string }).code === 'ERR_ADDRESS_IN_USE') throw portTaken(port)
    throw error
  }
}

export function portTaken(port: number): Refusal {
  return new Refusal(`Port ${port} is in use on 127.0.0.1. Choose another: PORT=${port + 1} npm start`)
}

/**
 * Run each cron line of the Worker, now and from time to time; a run that takes longer than its turn is not doubled.
 * @returns what ends it
 */
export function startCron(miniflare: Pick<Miniflare, 'getWorker'>, crons: string[]): () => void {
  let stopped = false
  const timers = crons.map((cron, index) => {
    let running = false
    const run = async () => {
      if (running || stopped) return
      running = true
      try {
        const worker = await miniflare.getWorker()
        await worker.scheduled({ cron, scheduledTime: new Date() })
      } catch (error) {
        if (!stopped) console.error(redact(`cron ${cron}: ${(error as Error).message}`))
      } finally {
        running = false
      }
    }
    void run()
    return setInterval(run, index === 0 ? FIRST_CRON : OTHER_CRONS)
  })
  return () => {
    stopped = true
    for (const timer of timers) clearInterval(timer)
  }
}
