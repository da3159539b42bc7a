/** The Worker as it would be deployed: wrangler bundles it, nothing is uploaded. */
import { readdir, readFile, rm } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { Refusal } from './refusal.ts'
import { CONFIG_PATH, wranglerOf } from './wrangler.ts'

const MODULE_TYPES = {
  '.js': 'ESModule',
  '.wasm': 'CompiledWasm',
  '.bin': 'Data',
  '.txt': 'Text',
  '.html': 'Text',
} as const

export interface Module {
  type: (typeof MODULE_TYPES)[keyof typeof MODULE_TYPES]
  path: string
  contents: Uint8Array | string
}

/** Bundle into a folder, replacing what it had. @returns its modules, the main one first @throws Refusal with wrangler's words */
export async function bundle(folder: string): Promise<Module[]> {
  await rm(folder, { recursive: true, force: true })
  const outcome = await wranglerOf()(['deploy', '--dry-run', '--outdir', folder, '--config', CONFIG_PATH])
  if (outcome.exitCode !== 0) throw new Refusal(`The Worker could not be bundled:\n${outcome.said}`)
  const names = (await readdir(folder)).filter((name) => extname(name) in MODULE_TYPES)
  const modules = names.map(async (name) => {
    const type = MODULE_TYPES[extname(name) as keyof typeof MODULE_TYPES]
    const path = resolve(folder, name)
    const bytes = await readFile(path)
    return { type, path, contents: type === 'CompiledWasm' || type === 'Data' ? bytes : bytes.toString('utf8') }
  })
  return (await Promise.all(modules)).sort(
    (a, b) => Number(b.path.endsWith('worker.js')) - Number(a.path.endsWith('worker.js')),
  )
}
