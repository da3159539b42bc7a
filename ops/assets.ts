/**
 * Puts what pages load into the folder that wrangler serves: the fonts, and what shows the API's description, from node_modules, the islands and the
 * viewer, bundled. Run by wrangler's `[build]`: files that are there already are left alone, so that nothing restarts.
 */
import { copyFile, glob, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { build } from 'esbuild'
import { DOCS } from '../src/web/ui/docs-assets.ts'
import { FONTS } from '../src/web/ui/fonts.ts'
import { viewerAssets } from './viewer-assets.ts'

for (const asset of [...FONTS, ...Object.values(DOCS)]) {
  const from = join(import.meta.dirname, '../node_modules', asset.from)
  const to = join(import.meta.dirname, '../src/web/assets', asset.path)
  const there = await stat(to).catch(() => null)
  if (there?.size === (await stat(from)).size) continue
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, to)
}

const WEB = join(import.meta.dirname, '../src/web')
const outdir = join(WEB, 'assets/islands')
const islands = await Array.fromAsync(glob(join(WEB, 'islands/*.{ts,tsx}')))
const built = await build({
  entryPoints: islands,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  tsconfig: join(import.meta.dirname, '../tsconfig.browser.json'), // whose JSX is Preact's
  minify: true,
  legalComments: 'none',
  write: false,
})
await mkdir(outdir, { recursive: true })
for (const { path, contents } of built.outputFiles) {
  const there = await readFile(path).catch(() => null)
  if (there === null || !there.equals(contents)) await writeFile(path, contents)
}
const names = new Set(built.outputFiles.map(({ path }) => basename(path)))
for (const name of await readdir(outdir)) if (!names.has(name)) await rm(join(outdir, name), { recursive: true })

await viewerAssets(process.env.PCAPORT_VIEWER !== 'off')
