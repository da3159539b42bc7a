/**
 * Copies the fonts from node_modules into the folder that wrangler serves. Run by wrangler's `[build]`, which watches
 * only the list of fonts: files that are there already are left alone, so that nothing restarts.
 */
import { copyFile, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FONTS } from '../src/web/ui/fonts.ts'

for (const font of FONTS) {
  const from = join(import.meta.dirname, '../node_modules', font.from)
  const to = join(import.meta.dirname, '../src/web/assets', font.path)
  const there = await stat(to).catch(() => null)
  if (there?.size === (await stat(from)).size) continue
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, to)
}
