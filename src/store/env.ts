/** The Worker's bindings and variables, as wrangler.toml names them. Only this room sees them. */
import type { ParseJob } from './jobs.ts'

export interface Env {
  /** Captures as uploaded, and what is derived from them. */
  CAPTURES: R2Bucket
  DB: D1Database
  PARSE: Queue<ParseJob>
  UPLOAD_LEASE_SECONDS?: string
  UPLOAD_IDLE_SECONDS?: string
  PARSE_LEASE_SECONDS?: string
  BINDING_DEADLINE_SECONDS?: string
  PART_BYTES?: string
  PARSE_BUDGET_BYTES?: string
  PARSE_BUDGET_PACKETS?: string
  COPY_FRAME_BYTES?: string
  COPY_DAYS?: string
}

/** Every wait and bound that an operator or a test may turn. Times are milliseconds. */
export interface Settings {
  /** An upload that has not renewed its lease for so long is given up. */
  uploadLease: number
  /** A body that brings no byte for so long is given up. */
  uploadIdle: number
  /** A parse that has not renewed its lease for so long is taken over. */
  parseLease: number
  /** A call to D1, R2 or the queue that has not answered by then counts as failed. */
  bindingDeadline: number
  /** Parts of a multipart upload are this long, all but the last; R2 wants 5 MiB at least. Bytes. */
  partSize: number
  /** What one invocation reads of a capture before it leaves the rest to the next one. Bytes, and packets. */
  parseBudget: { bytes: number; packets: number }
  /** Content in each frame of a compressed capture's seekable copy: what a slice out of its middle reads at least. Bytes. */
  copyFrame: number
  /** Such a copy is taken away after so long; a new parse makes another. */
  copyAge: number
}

/** Settings from the variables, with the defaults that production runs with. */
export function settingsFrom(env: Env): Settings {
  const number = (text: string | undefined, fallback: number) => {
    const value = Number(text)
    return text !== undefined && Number.isFinite(value) && value > 0 ? value : fallback
  }
  const whole = (text: string | undefined, fallback: number) => Math.ceil(number(text, fallback))
  const seconds = (text: string | undefined, fallback: number) => 1000 * number(text, fallback)
  return {
    uploadLease: seconds(env.UPLOAD_LEASE_SECONDS, 300),
    uploadIdle: seconds(env.UPLOAD_IDLE_SECONDS, 300),
    parseLease: seconds(env.PARSE_LEASE_SECONDS, 60),
    bindingDeadline: seconds(env.BINDING_DEADLINE_SECONDS, 30),
    partSize: number(env.PART_BYTES, 8 * 1024 * 1024),
    parseBudget: {
      bytes: whole(env.PARSE_BUDGET_BYTES, 2 * 1024 ** 3),
      packets: whole(env.PARSE_BUDGET_PACKETS, 20_000_000),
    },
    copyFrame: whole(env.COPY_FRAME_BYTES, 4 * 1024 * 1024),
    copyAge: 86_400_000 * number(env.COPY_DAYS, 30),
  }
}
