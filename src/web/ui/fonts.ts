/**
 * The two typefaces: Latin subsets of variable fonts, taken from npm by ops/assets.ts and served as static assets. The
 * name holds the package's version, so that they can be cached for good.
 */
export const FONTS = [
  {
    family: 'Geist',
    from: '@fontsource-variable/geist/files/geist-latin-wght-normal.woff2',
    path: '/fonts/geist-latin-5.3.0.woff2',
  },
  {
    family: 'Geist Mono',
    from: '@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2',
    path: '/fonts/geist-mono-latin-5.3.0.woff2',
  },
] as const
