/** Runs the `pcaport` command in a home of its own, as a shell would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts')

export interface Ended {
  code: number | null
  out: string
  err: string
}

export interface Running {
  child: ChildProcess
  ended: Promise<Ended>
}

export interface Home {
  path: string
  env: NodeJS.ProcessEnv
  /** Start it. @param more environment beside that of this home */
  start(args: string[], more?: NodeJS.ProcessEnv): Running
  /** Start it, give it `input`, and wait for its end. */
  run(args: string[], input?: string | Uint8Array, more?: NodeJS.ProcessEnv): Promise<Ended>
  remove(): void
}

/** @param secrets that no run may print */
export function newHome(secrets: string[], host?: string, key?: string): Home {
  const path = mkdtempSync(join(tmpdir(), 'pcaport-home-'))
  const { PCAPORT_HOST: _host, PCAPORT_KEY: _key, ...rest } = process.env
  const env: NodeJS.ProcessEnv = {
    ...rest,
    HOME: path,
    XDG_CONFIG_HOME: join(path, 'config'),
    XDG_STATE_HOME: join(path, 'state'),
    TZ: 'UTC',
    ...(host === undefined ? {} : { PCAPORT_HOST: host }),
    ...(key === undefined ? {} : { PCAPORT_KEY: key }),
  }
  const start: Home['start'] = (args, more = {}) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: path, env: { ...env, ...more } })
    child.stdin.on('error', () => {}) // it may have ended before it has read all
    const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(([out, err]) => {
      for (const secret of secrets) expect(out + err).not.toContain(secret)
      expect(err).not.toMatch(/^ +at /m) // no stack
      return { code: child.exitCode, out, err }
    })
    return { child, ended }
  }
  return {
    path,
    env,
    start,
    run(args, input, more) {
      const { child, ended } = start(args, more)
      child.stdin?.end(input)
      return ended
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
