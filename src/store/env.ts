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
}

/** Settings from the variables, with the defaults that production runs with. */
export function settingsFrom(env: Env): Settings {
  const number = (text: string | undefined, fallback: number) => {
    const value = Number(text)
    return text !== undefined && Number.isFinite(value) && value > 0 ? value : fallback
  }
  const seconds = (text: string | undefined, fallback: number) => 1000 * number(text, fallback)
  return {
    uploadLease: seconds(env.UPLOAD_LEASE_SECONDS, 300),
    uploadIdle: seconds(env.UPLOAD_IDLE_SECONDS, 300),
    parseLease: seconds(env.PARSE_LEASE_SECONDS, 60),
    bindingDeadline: seconds(env.BINDING_DEADLINE_SECONDS, 30),
    partSize: number(env.PART_BYTES, 8 * 1024 * 1024),
  }
}
