/**
 * Builds the viewer (src/web/viewer, GPL-2.0-or-later) into the folder that wrangler serves, with the engine it drives, and the list that tells
 * the gateway that there is one. `PCAPORT_VIEWER=off` leaves it out: the gateway is whole without it.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build, type OutputFile, type Plugin } from 'esbuild'
import { unevaluated } from './viewer-glue.ts'

const ROOT = join(import.meta.dirname, '..')
const ASSETS = join(ROOT, 'src/web/assets')
const SOURCE = join(ROOT, 'src/web/viewer')
/** Cloudflare's most for a static asset. Bytes. */
const MOST = 25 * 1024 * 1024

/** Names of what a page loads, as `/viewer.json` has them (src/http/viewer.ts reads it). */
interface Names {
  script: string
  style: string
  worker: string
  wasm: string
  data: string
}

/** Make what is missing or different; what is there already is left alone. @throws Error where the engine is not as it was when this was written */
export async function viewerAssets(isOn: boolean): Promise<void> {
  if (!isOn) {
    await rm(join(ASSETS, 'viewer.json'), { force: true })
    await rm(join(ASSETS, 'viewer'), { recursive: true, force: true })
    return
  }
  const engine = dirname(createRequire(import.meta.url).resolve('@goodtools/wiregasm/package.json'))
  const { version } = JSON.parse(await readFile(join(engine, 'package.json'), 'utf8')) as { version: string }
  const [page, worker] = await Promise.all([bundled('main.tsx', []), bundled('engine-worker.ts', [glue(engine)])])
  const script = one(page, '.js')
  const style = one(page, '.css')
  const files = {
    script: named('viewer', 'js', script),
    style: named('viewer', 'css', style),
    worker: named('engine-worker', 'js', one(worker, '.js')),
    wasm: { name: `wireshark-${version}.wasm.gz`, bytes: await readFile(join(engine, 'dist/wiregasm.wasm.gz')) },
    data: { name: `wireshark-${version}.data.gz`, bytes: await readFile(join(engine, 'dist/wiregasm.data.gz')) },
    copying: { name: 'COPYING.txt', bytes: await readFile(join(SOURCE, 'COPYING')) },
    source: { name: 'README.txt', bytes: await readFile(join(SOURCE, 'README.md')) },
  }
  for (const { name, bytes } of Object.values(files)) {
    if (bytes.length > MOST) throw new Error(`${name} has ${bytes.length} bytes; an asset may have ${MOST}`)
    await put(join(ASSETS, 'viewer', name), bytes)
  }
  const paths = Object.fromEntries(Object.entries(files).map(([key, { name }]) => [key, `/viewer/${name}`]))
  const { script: s, style: t, worker: w, wasm, data } = paths as unknown as Names
  await put(
    join(ASSETS, 'viewer.json'),
    Buffer.from(`${JSON.stringify({ script: s, style: t, worker: w, wasm, data })}\n`),
  )
  const kept = new Set(Object.values(files).map(({ name }) => name))
  for (const name of await readdir(join(ASSETS, 'viewer')))
    if (!kept.has(name) && !name.endsWith('.new')) await rm(join(ASSETS, 'viewer', name), { force: true })
}

async function bundled(entry: string, plugins: Plugin[]): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCE, entry)],
    outdir: join(ASSETS, 'viewer'),
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    legalComments: 'inline',
    plugins,
  })
  return outputFiles
}

/** `wiregasm-glue` is the engine's own JavaScript without what evaluates text. */
const glue = (engine: string): Plugin => ({
  name: 'wiregasm-glue',
  setup(building) {
    building.onResolve({ filter: /^wiregasm-glue$/ }, () => ({ path: 'wiregasm-glue', namespace: 'glue' }))
    building.onResolve({ filter: /^(fs|path|crypto|ws|child_process)$/, namespace: 'glue' }, ({ path }) => ({
      path,
      external: true, // branches for Node, never taken in a worker
    }))
    building.onLoad({ filter: /.*/, namespace: 'glue' }, async () => ({
      contents: unevaluated(await readFile(join(engine, 'dist/wiregasm.js'), 'utf8')),
      resolveDir: engine,
    }))
  },
})

function one(files: OutputFile[], extension: string): Uint8Array {
  const found = files.find(({ path }) => path.endsWith(extension))
  if (!found) throw new Error(`the viewer was built without a ${extension} file`)
  return found.contents
}

const named = (stem: string, extension: string, bytes: Uint8Array) => ({
  name: `${stem}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${extension}`,
  bytes,
})

/** Whole or not at all, for servers may be serving it; untouched where it is there, so that nothing restarts. */
async function put(path: string, bytes: Uint8Array): Promise<void> {
  const there = await stat(path).catch(() => null)
  if (there?.size === bytes.length && (await readFile(path)).equals(bytes)) return
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.${process.pid}.new`, bytes)
  await rename(`${path}.${process.pid}.new`, path)
}
