/** Ends workerd when the launcher ends in a way that lets it do nothing more (SIGKILL), so that no port stays taken. */
import { type ChildProcess, spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { basename } from 'node:path'

/** Reads the process to hold, one a line; when its input ends, the launcher is gone, and the last one is killed. */
const HOLDER = 'while read -r next; do pid=$next; done; [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null; exit 0'

export interface Leash {
  /** Let go, when every workerd has ended. */
  release(): Promise<void>
}

/** Hold every workerd that this process starts from now on. */
export function leash(): Leash {
  const holder = spawn('/bin/sh', ['-c', HOLDER], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  holder.stdin.on('error', () => {}) // it was killed: there is no leash then, and nothing to do about it
  const hold = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }
    child.once('spawn', () => {
      if (!basename(child.spawnfile).startsWith('workerd')) return
      holder.stdin.write(`${child.pid}\n`)
      child.once('exit', () => holder.stdin.writable && holder.stdin.write('\n')) // its id may soon be another's
    })
  }
  subscribe('child_process', hold)
  return {
    async release() {
      unsubscribe('child_process', hold)
      if (holder.exitCode !== null || holder.signalCode !== null) return
      holder.stdin.end('\n')
      await once(holder, 'exit')
    },
  }
}
