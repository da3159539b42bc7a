/** Headers of what is downloaded: it does nothing in a browser, and no other site can read it. */
export const INERT = {
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** The same of what a link leads to: it is found by nobody. */
export const INERT_UNLISTED = { ...INERT, 'X-Robots-Tag': 'noindex' } as const
