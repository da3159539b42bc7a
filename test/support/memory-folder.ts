/** Where a run keeps its files: in memory where there is room, since every statement of a local D1 waits for the disk. */
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** Far more than a run ever keeps. Bytes. */
const ROOM = 4 * 1024 ** 3

/** Make the run's folder for temporary files one in memory, taken away when the run ends. Where that cannot be, all stays as it is. */
export function keepFilesInMemory(): void {
  if (tmpdir().startsWith(MEMORY) || !isFit()) return
  const folder = mkdtempSync(join(MEMORY, 'pcaport-'))
  process.env.TMPDIR = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
}

/** Linux has that folder; containers often have a small one, or one whose files cannot be run. */
function isFit(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === MEMORY)
    return bavail * bsize >= ROOM && mount !== undefined && !/\bnoexec\b/.test(mount)
  } catch {
    return false
  }
}
