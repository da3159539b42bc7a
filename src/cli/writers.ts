/** Which files some process has open for writing, where the system tells. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * Paths that are open for writing, of processes that this user may look into (root: of all). Linux alone, by /proc;
 * elsewhere there are none.
 */
export function openForWriting(): Set<string> {
  const paths = new Set<string>()
  for (const process of namesIn('/proc').filter((name) => /^\d+$/.test(name)))
    for (const descriptor of namesIn(`/proc/${process}/fd`)) {
      try {
        const path = readlinkSync(`/proc/${process}/fd/${descriptor}`)
        if (path.startsWith('/') && isWriting(readFileSync(`/proc/${process}/fdinfo/${descriptor}`, 'latin1')))
          paths.add(path)
      } catch {
        // closed meanwhile
      }
    }
  return paths
}

/** O_WRONLY or O_RDWR in `flags`, which is octal. proc_pid_fdinfo(5). */
const isWriting = (info: string): boolean => (Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? '0', 8) & 3) !== 0

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // gone, not ours, or no Linux
  }
}
