/** What Cloudflare asks for storage, as it published: for an estimate. */
import type { Overview } from '../../store/overview.ts'

const GB = 1e9

/** United States dollars. */
export const PRICES = {
  /** When they were read. */
  date: 'August 2026',
  r2: { url: 'https://developers.cloudflare.com/r2/pricing/', gbMonth: 0.015, freeGb: 10, millionWrites: 4.5 },
  d1: { url: 'https://developers.cloudflare.com/d1/platform/pricing/', gbMonth: 0.75, freeGb: 5, millionRows: 1 },
} as const

/** What a capture costs to take in, at most: rows of both databases (test/worker/cost.test.ts), and writes in R2 of one that comes in one part. */
export const INTAKE = { rows: 10 + 2004, writes: 6 } as const

/** What is derived from captures, as measured over 29 of 20 kB to 1 MB: so much for each, whose tables are bounded, and a little by their bytes. */
const DERIVED = { part: 0.001, each: 24_000 }

export interface Estimate {
  /** Bytes; `null`: not told. */
  uploaded: number
  copies: number
  derived: number
  aside: number
  main: number | null
  search: number | null
  /** Dollars a month, what is free taken off. */
  r2: number
  d1: number
  /** Dollars to take in 1,000 captures more. */
  thousand: number
}

/** What the server stores and what a month of it costs. */
export function estimateOf({ bytes, copies, captures, quarantined, databases }: Overview): Estimate {
  const derived = Math.round(bytes * DERIVED.part + captures * DERIVED.each)
  const aside = quarantined.bytes
  const { main, search } = databases
  const paid = (stored: number, { gbMonth, freeGb }: { gbMonth: number; freeGb: number }) =>
    Math.max(0, stored / GB - freeGb) * gbMonth
  return {
    uploaded: bytes,
    copies,
    derived,
    aside,
    main,
    search,
    r2: paid(bytes + copies + derived + aside, PRICES.r2),
    d1: paid((main ?? 0) + (search ?? 0), PRICES.d1),
    thousand: (INTAKE.rows * PRICES.d1.millionRows + INTAKE.writes * PRICES.r2.millionWrites) / 1000,
  }
}

/** `$0.00`, `$1,234.50`; what is more than nothing and less than a cent as such. */
export function dollars(amount: number): string {
  if (amount > 0 && amount < 0.005) return '< $0.01'
  return `$${amount.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')}`
}
