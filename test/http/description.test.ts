/** The description of `/api/v2`, as others read it: its validator wants files, which workerd has not. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, it } from 'vitest'
import { v2 } from '../../src/http/v2/v2.ts'

it('is one of OpenAPI 3.1', async () => {
  const document = (await (await v2.request('/openapi.json')).json()) as Record<string, unknown>
  const validator = new Validator()
  expect(await validator.validate(document)).toEqual({ valid: true })
  expect([document.openapi, validator.version]).toEqual(['3.1.0', '3.1'])
})
