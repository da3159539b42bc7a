/** `/api/v2` as its own description has it: every answer that a test gets is held against it, by ajv. */
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'
import { request } from './gateway.ts'

export interface Operation {
  method: string
  /** With `{names}`. */
  path: string
  operationId?: string
  security?: object[]
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  requestBody?: { content: Record<string, { example?: unknown }> }
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}

type Document = { paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>; components: object }

const METHODS = new Set(['get', 'put', 'post', 'patch', 'delete'])

/** Made without `eval`, which workerd does not have: ajv interprets nothing, so that its code is made by hand below. */
let known: { document: Document; operations: Operation[] } | null = null

export async function description() {
  if (known) return known
  const document = (await (await request('/api/v2/openapi.json')).json()) as Document
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  )
  known = { document, operations }
  return known
}
