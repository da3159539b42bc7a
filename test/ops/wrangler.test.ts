import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readProject, wranglerOf } from '../../ops/wrangler.ts'

const folder = mkdtempSync(join(tmpdir(), 'pcaport-wrangler-'))
afterAll(() => rmSync(folder, { recursive: true }))

it.each([tmpdir(), undefined])('runs commands of wrangler.toml with its own Node, with PATH %s', async (path) => {
  const script = join(folder, 'which-node.cjs')
  writeFileSync(script, `require('node:child_process').execSync('node -p process.execPath', { stdio: 'inherit' })`)
  const env = { ...process.env, PATH: path, PCAPORT_WRANGLER: script }
  expect(await wranglerOf(env)(['whatever'])).toMatchObject({ exitCode: 0, stdout: `${process.execPath}\n` })
})

it('has one parse an invocation, which may take all of its CPU time, and one fetch, which may take all of its time', async () => {
  const { producers, consumers } = (await readProject()).queues
  expect(producers).toEqual([
    { binding: 'PARSE', queue: 'pcaport-parse' },
    { binding: 'FETCHES', queue: 'pcaport-fetch' },
  ])
  for (const queue of producers.map((producer) => producer.queue)) {
    const consumer = { queue, max_batch_size: 1, dead_letter_queue: `${queue}-dead` }
    expect(consumers).toContainEqual(expect.objectContaining(consumer))
    expect(consumers).toContainEqual(expect.objectContaining({ queue: `${queue}-dead` }))
  }
})
