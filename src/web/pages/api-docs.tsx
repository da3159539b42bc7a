/** The page that shows the description of `/api/v2`: a frame for Swagger UI, which is served from here. */
import { DOCS } from '../ui/docs-assets.ts'
import { API_DOCS } from '../words/api-docs.ts'
import { PAGE_HEADERS } from './headers.ts'

/** As pages have them, but for scripts and styles, which are files of this server. Nothing inline runs or colours. */
export const API_DOCS_HEADERS = {
  ...PAGE_HEADERS,
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'public, max-age=300',
}

export function apiDocsPage(): string {
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{API_DOCS.title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={DOCS.style.path} />
        <link rel="stylesheet" href="/docs/page.css" />
        <script src={DOCS.script.path} defer />
        <script src="/docs/start.js" defer />
      </head>
      <body>
        <header class="top">
          <a href="/">{API_DOCS.home}</a>
          <a href="/api/v2/openapi.json">{API_DOCS.file}</a>
        </header>
        <main id="docs">
          <p>
            {API_DOCS.needsScript} <a href="/api/v2/openapi.json">{API_DOCS.file}</a>.
          </p>
        </main>
      </body>
    </html>
  )
  return `<!DOCTYPE html>${document}`
}
