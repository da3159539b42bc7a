/**
 * Copies the fonts, and what shows the API's description, from node_modules into the folder that wrangler serves, and builds the viewer there. Run by
 * wrangler's `[build]`, which watches only the list of fonts: files that are there already are left alone, so that nothing restarts.
 */
import { copyFile, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
await viewerAssets(process.env.PCAPORT_VIEWER !== 'off')
