/** `/api/v2` as its own description has it: every answer that a test gets is held against it. */
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'
import { request } from './gateway.ts'

export interface Operation {
  method: string
  /** With `{names}`. */
  path: string
  security?: object[]
  parameters?: { name: string; in: string; required?: boolean; example?: unknown }[]
  requestBody?: { content: Record<string, { example?: unknown }> }
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}

type Document = { paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>> }

const METHODS = new Set(['get', 'put', 'post', 'patch', 'delete'])
const DOCUMENT = 'https://pcaport.test/openapi.json'

let known: Promise<{ document: Document; operations: Operation[]; ajv: Ajv2020 }> | null = null

/** The description, and its operations. */
export function description() {
  known ??= (async () => {
    const document = (await (await request('/api/v2/openapi.json')).json()) as Document
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.has(method))
        .map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    )
    const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true })
    addFormats.default(ajv)
    ajv.addSchema(closed(document) as object, DOCUMENT)
    return { document, operations, ajv }
  })()
  return known
}

/** The same with every object closed that does not say that it is open: what is answered must stand in the description. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed)
  if (typeof part !== 'object' || part === null) return part
  const copy = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]))
  const isOpen = !('properties' in copy) || !('type' in copy) || 'additionalProperties' in copy
  return isOpen ? copy : { ...copy, additionalProperties: false }
}

/** Ask `/api/v2`. The answer is one that the description knows. */
export async function asked(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await request(`/api/v2${path}`, init)
  await expectDescribed(init.method ?? 'GET', path, answer.clone())
  return answer
}

async function expectDescribed(method: string, path: string, answer: Response): Promise<void> {
  const { operations, ajv } = await description()
  const plain = path.replace(/\?.*/s, '')
  const wanted = method === 'HEAD' ? 'GET' : method
  const operation = operations.find((each) => each.method === wanted && patternOf(each.path).test(plain))
  if (operation === undefined) {
    expect([404, 405], `${method} ${path} is in no description`).toContain(answer.status)
    return
  }
  const what = `${method} ${operation.path}: ${answer.status}`
  const described = operation.responses[String(answer.status)]
  expect(described, `${what} is not described`).toBeDefined()
  const type = answer.headers.get('content-type')?.replace(/;.*/, '')
  if (answer.body === null || method === 'HEAD' || type === undefined) return
  expect(Object.keys(described?.content ?? {}), what).toContain(type)
  if (!/json$/.test(type)) return
  const steps = [
    'paths',
    operation.path,
    wanted.toLowerCase(),
    'responses',
    String(answer.status),
    'content',
    type,
    'schema',
  ]
  const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const validate = ajv.getSchema(`${DOCUMENT}#/${pointer}`) as ValidateFunction
  const body = await answer.json()
  expect(validate(body) ? null : { errors: validate.errors, body }, what).toBeNull()
}

/** Each parameter is one step of a path. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/{[^}]+}/g, '[^/]+')}/?$`)

/** A JSON body, by a key. */
export const json = (
  method: string,
  by: { bearer: HeadersInit },
  body: unknown,
  more: Record<string, string> = {},
) => ({
  method,
  headers: { ...by.bearer, 'Content-Type': 'application/json', ...more },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

/** RFC 9457. @returns what it says of this time */
export async function expectProblem(answer: Response, status: number, kind: string): Promise<string> {
  expect(answer.status, await answer.clone().text()).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await answer.json()) as { detail: string }
  expect(problem).toEqual({
    type: `urn:pcaport:problem:${kind}`,
    title: expect.stringMatching(/\w/),
    status,
    detail: expect.stringMatching(/\w/),
  })
  return problem.detail
}
