/** Bundles the Worker once a run, for every `npm start` of its tests that does not bundle it itself. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../ops/bundle.ts'

/** Leaves the folder's name in `PCAPORT_TEST_BUNDLE`. @returns what takes it away */
export default async function setup(): Promise<() => void> {
  if (process.env.PCAPORT_TEST_BUNDLE) return () => {} // for another project of the same run
  const folder = mkdtempSync(join(tmpdir(), 'pcaport-bundle-'))
  await bundle(folder)
  process.env.PCAPORT_TEST_BUNDLE = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
