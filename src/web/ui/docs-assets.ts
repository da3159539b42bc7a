/**
 * What shows the description of the API (docs/adr/0013), taken from npm by ops/assets.ts and served as static assets, with its
 * licences. The names hold the package's version, so that they can be cached for good.
 */
const VERSION = '5.35.0'

export const DOCS = {
  style: { from: 'swagger-ui-dist/swagger-ui.css', path: `/docs/swagger-ui-${VERSION}.css` },
  script: { from: 'swagger-ui-dist/swagger-ui-bundle.js', path: `/docs/swagger-ui-${VERSION}.js` },
  licence: { from: 'swagger-ui-dist/LICENSE', path: `/docs/swagger-ui-${VERSION}.licence.txt` },
  notices: {
    from: 'swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt',
    path: `/docs/swagger-ui-${VERSION}.notices.txt`,
  },
} as const
