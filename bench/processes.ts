/** What a process has cost so far, as Linux tells in /proc. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Ticks of `utime` and `stime` a second: 100 on every Linux. */
const TICKS = 100

/** The fields of /proc/<pid>/stat from `state` on. */
function statOf(pid: number | string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ') // its name may have blanks in it
}

/** Seconds of CPU that a process has used, in and out of the kernel. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** The most memory that a process has held at once since {@link forgetPeak}. MiB. */
export function peakMemory(pid: number): number {
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(peak?.[1]) / 1024
}

/** Begin a new peak at what the process holds now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Process id of the one workerd in a group of processes. @throws Error where there is none, or another one */
export function workerdOf(group: number): number {
  const found = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return Number(statOf(pid)[2]) === group && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd')
    } catch {
      return false // it has ended meanwhile
    }
  })
  if (found.length !== 1) throw new Error(`${found.length} processes of the group ${group} are workerd`)
  return Number(found[0])
}
