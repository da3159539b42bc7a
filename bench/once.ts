/** Runs every bench once, small, so that none can rot: `npm run bench:once`. Its figures mean nothing. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const BENCHES = ['ingest.ts', 'parse.ts', 'summary.ts', 'large.ts', 'viewer.ts', 'viewer-scroll.ts']
/** Milliseconds for one bench. */
const PATIENCE = 60_000

console.log('Small and once: whether the benches work, not what they measure.')
for (const bench of BENCHES) {
  const path = join(import.meta.dirname, bench)
  const { status } = spawnSync(process.execPath, [path, '--small'], { stdio: 'inherit', timeout: PATIENCE })
  if (status === 0) continue
  console.error(`bench/${bench} failed`)
  process.exitCode = 1
}
