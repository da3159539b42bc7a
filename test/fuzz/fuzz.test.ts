import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('five seconds of fuzzing find nothing', () => {
  const fuzz = join(import.meta.dirname, 'fuzz.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [fuzz, '--seconds', '5', '--seed', '20261122'], {
    encoding: 'utf8',
  })
  expect(stderr + stdout).toMatch(/^seed 20261122, 5 s\n\d+ trials\n$/)
  expect(status).toBe(0)
})
