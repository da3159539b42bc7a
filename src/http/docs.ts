/** The page that shows what `/api/v2` can do. */
import { Hono } from 'hono'
import { API_DOCS_HEADERS, apiDocsPage } from '../web/pages/api-docs.tsx'
import type { Gateway } from './gateway.ts'

export const docs = new Hono<Gateway>({ strict: false }).get('/docs', (c) =>
  c.body(apiDocsPage(), 200, API_DOCS_HEADERS),
)
