/** A real `npm start` in a process group of its own, for tests and benches: started, killed, started again. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const PROJECT = resolve(import.meta.dirname, '../..')
const BUNDLED = process.env.PCAPORT_TEST_BUNDLE
  ? { PCAPORT_WRANGLER: join(import.meta.dirname, 'bundled-wrangler.ts') }
  : {}

export interface ServerOptions {
  /** 32 hex; else the server makes one. */
  token?: string
  /** A folder to start on again; else a fresh one, deleted by `stop`. */
  state?: string
  /** Else any free one. */
  port?: number
  env?: Record<string, string>
  /** The launcher is npm, as for a person; else it is what npm runs. */
  byNpm?: true
  /** Folder of a copy of the project to run; else this one. */
  project?: string
  /** It bundles the Worker itself, as outside of tests, and does not take the one that was bundled for the whole run. */
  bundles?: true
}

export interface Server {
  url: string
  /** Empty where the server does not know it. */
  token: string
  /** Signs a browser in as the first account, an admin, once. By the name `localhost`, as passkeys want it. */
  signInLink: string
  state: string
  port: number
  /** Process id of the launcher, and of its group. */
  pid: number
  /** Everything printed so far, errors too. */
  output(): string
  /** Signal the whole group, or the launcher alone, and wait until the launcher has ended. @returns its exit code */
  kill(signal: NodeJS.Signals, whom?: 'group' | 'launcher'): Promise<number | null>
  /** End it, and delete its state if it was made here. */
  stop(): Promise<void>
}

/** Start a server and wait for `ready`. @throws Error with its output where it ends before that, or is not ready in 60 s */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const state = options.state ?? mkdtempSync(join(tmpdir(), 'pcaport-state-'))
  const project = options.project ?? PROJECT
  const [command, args] = options.byNpm ? ['npm', ['start']] : [process.execPath, [join(project, 'ops/start.ts')]]
  const child = spawn(command, args, {
    cwd: project,
    detached: true,
    env: {
      ...process.env,
      ...(options.bundles ? {} : BUNDLED),
      PORT: String(options.port ?? 0),
      PCAPORT_STATE: state,
      PCAPORT_TOKEN: options.token ?? '',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = once(child, 'close')
  const url = await new Promise<string>((ready, failed) => {
    const late = setTimeout(() => failed(new Error(`not ready in 60 s:\n${output}`)), 60_000)
    const read = (text: string) => {
      output += text
      const line = /^ready on (http:\S+)/m.exec(output)
      if (!line?.[1]) return
      clearTimeout(late)
      ready(line[1])
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    void ended.then(([code]) => {
      clearTimeout(late)
      failed(new Error(`ended with ${code} before it was ready:\n${output}`))
    })
  }).catch((error) => {
    signalGroup(child.pid, 'SIGKILL')
    throw error
  })
  const pid = child.pid as number
  const kill: Server['kill'] = async (signal, whom = 'group') => {
    if (whom === 'group') signalGroup(pid, signal)
    else child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }
  return {
    url,
    token: existsSync(join(state, 'token')) ? readFileSync(join(state, 'token'), 'utf8').trim() : '',
    signInLink: /^ {2}(http:\S+\/sign-in\/[0-9a-f]{64})$/m.exec(output)?.[1] ?? '',
    state,
    port: Number(new URL(url).port),
    pid,
    output: () => output,
    kill,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const late = setTimeout(() => signalGroup(pid, 'SIGKILL'), 10_000)
        await kill('SIGTERM', 'launcher')
        clearTimeout(late)
      }
      if (!options.state && existsSync(state)) rmSync(state, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
