/** What a plan is, and the one that accounts get where nothing else is said. */
import type { Visibility } from './schema.ts'

const GiB = 2 ** 30

/** What an account may have. Sizes are bytes. */
export interface Plan {
  filesLimit: number
  maxFileSize: number
  bytesLimit: number
  apiAllowed: boolean
  /** Days; `null`: captures are never deleted for their age. */
  retentionDays: number | null
  /** `null`: what the API's dialect says. */
  defaultVisibility: Visibility | null
}

export const STANDARD_PLAN: Plan = {
  filesLimit: 10_000,
  maxFileSize: 5 * GiB,
  bytesLimit: 100 * GiB,
  apiAllowed: true,
  retentionDays: null,
  defaultVisibility: null,
}

const FACTORS: Record<string, number> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** Bytes of `100MB` (10^6), `5 GiB` (2^30), `1.5 TB` or `4096`, from 1 on. `null` for what is none. */
export function sizeIn(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim().replace(/ bytes?$/, ''))
  const factor = match && FACTORS[match[2]?.toUpperCase() ?? '']
  const bytes = factor ? Math.round(Number(match[1]) * factor) : Number.NaN
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null
}

/** The shortest text that {@link sizeIn} reads as these bytes. */
export function sizeText(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB', 'TB', 'GB', 'MB', 'KB']) {
    const factor = FACTORS[unit.toUpperCase()] ?? 1
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor} ${unit}`
  }
  return String(bytes)
}
