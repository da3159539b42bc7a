/** The `wrangler` command, and the project's wrangler.toml as wrangler reads it. */
import { spawn } from 'node:child_process'
import { delimiter, dirname, resolve } from 'node:path'

/** Folder of the project: where wrangler.toml is. */
export const PROJECT = resolve(import.meta.dirname, '..')

export const CONFIG_PATH = resolve(PROJECT, 'wrangler.toml')

export interface Outcome {
  exitCode: number
  stdout: string
  /** Everything it said, in the order it came, for a person to read. */
  said: string
}

export type Wrangler = (args: string[], env?: Record<string, string>) => Promise<Outcome>

/**
 * wrangler as a function, run in the project's folder and without a terminal, so that it never asks. `node` in the commands it runs
 * (`[build]`) is the Node that runs this. `PCAPORT_WRANGLER` is another script to run.
 */
export function wranglerOf(env: NodeJS.ProcessEnv = process.env): Wrangler {
  const script = env.PCAPORT_WRANGLER ?? resolve(PROJECT, 'node_modules/wrangler/bin/wrangler.js')
  const quiet = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', FORCE_COLOR: '0' }
  const path = [dirname(process.execPath), env.PATH].filter(Boolean).join(delimiter)
  return (args, more = {}) =>
    new Promise((done, failed) => {
      const child = spawn(process.execPath, [script, ...args], {
        cwd: PROJECT,
        env: { ...env, PATH: path, ...quiet, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const kill = () => child.kill()
      process.once('exit', kill)
      let stdout = ''
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
        said += text
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      child.on('error', failed)
      child.on('close', (exitCode) => {
        process.off('exit', kill)
        done({ exitCode: exitCode ?? 1, stdout, said: said.trim() })
      })
    })
}

/** What of wrangler.toml the commands here need to know. */
export interface ProjectConfig {
  name: string
  main: string
  compatibility_date: string
  triggers: { crons: string[] }
  /** Paths of modules, by the names under which they are imported. */
  alias: Record<string, string>
  assets: { directory: string }
  r2_buckets: { binding: string; bucket_name: string }[]
  d1_databases: { binding: string; database_name: string; database_id: string; migrations_dir: string }[]
  queues: {
    producers: { binding: string; queue: string }[]
    consumers: { queue: string; dead_letter_queue?: string }[]
  }
}

/** wrangler.toml as it stands, nothing filled in. */
export async function readProject(): Promise<ProjectConfig> {
  const { experimental_readRawConfig } = await import('wrangler')
  return experimental_readRawConfig({ config: CONFIG_PATH }).rawConfig as ProjectConfig
}
