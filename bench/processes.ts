/** What a process has cost so far, as Linux tells in /proc. */
import { readFileSync, writeFileSync } from 'node:fs'

/** Ticks of `utime` and `stime` a second: 100 on every Linux. */
const TICKS = 100

/** Seconds of CPU that a process has used, in and out of the kernel. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // its name may have blanks in it
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
