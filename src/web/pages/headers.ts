/** The headers of every page: it loads nothing from elsewhere, runs only its own script, is framed by nobody, tells nobody where one was. */
import { SCRIPT_SOURCE } from '../ui/script.ts'
import { STYLE_SOURCES } from '../ui/style.ts'

/** A page loads nothing from elsewhere and is framed by nobody. @param more what its own scripts take beside that */
const policy = (style: string, script: string, ...more: string[]): string =>
  [
    "default-src 'none'",
    `style-src ${style}`,
    `script-src ${script}`,
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...more,
    "require-trusted-types-for 'script'",
  ].join('; ')

/** The Content-Security-Policy of pages. Style and script stand in the page and are allowed by hash: nothing else is. */
export const PAGE_POLICY = policy(STYLE_SOURCES, SCRIPT_SOURCE)

/** The same for a page with islands: files of this server's `/islands` run, too. What is uploaded is never served as a script (`nosniff`). */
const ISLAND_POLICY = policy(STYLE_SOURCES, `'self' ${SCRIPT_SOURCE}`, "worker-src 'self'", 'trusted-types pcaport')

/** That of the page of packets: its scripts and worker are files of this server; the worker's own policy comes with it (src/web/assets/_headers). */
const PACKETS_POLICY = policy(`'self' ${STYLE_SOURCES}`, "'self'", "worker-src 'self'", 'trusted-types pcaport-viewer')

/** Set on every HTML answer, errors included. `no-store`: a page tells of a state that passes, or of a private capture. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': PAGE_POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'Cache-Control': 'private, no-store',
} as const

/** Set on the answer of a page that names islands. */
export const ISLAND_HEADERS = { ...PAGE_HEADERS, 'Content-Security-Policy': ISLAND_POLICY } as const

/** Set on the answer of the page of packets. */
export const PACKETS_HEADERS = { ...PAGE_HEADERS, 'Content-Security-Policy': PACKETS_POLICY } as const
