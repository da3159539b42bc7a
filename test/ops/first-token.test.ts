/** The token that `npm start` prints is the REST API key of its account: what the page shows, and what the page has put in its place. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it } from 'vitest'
import { type Server, type ServerOptions, startServer } from '../support/server.ts'

const GIVEN = '00112233445566778899aabbccddeeff'
const state = mkdtempSync(join(tmpdir(), 'pcaport-token-'))
const running: Server[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})
afterAll(() => rmSync(state, { recursive: true, force: true, maxRetries: 5 }))

/** A server on the folder, after the one before, and its owner's browser. */
async function start(options: ServerOptions = {}) {
  for (const before of running.splice(0)) await before.stop()
  const server = await startServer({ state, ...options })
  running.push(server)
  const { origin } = new URL(server.signInLink)
  const own = { Origin: origin, 'Sec-Fetch-Site': 'same-origin' }
  const signedIn = await fetch(server.signInLink, { method: 'POST', headers: own, redirect: 'manual' })
  const Cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  /** @returns the key that the page shows then; empty: none */
  const press = async (button: 'show' | 'generate') => {
    const answer = await fetch(`${origin}/account/key/${button}`, { method: 'POST', headers: { ...own, Cookie } })
    return /id="key-text"[^>]*value="([0-9a-f]{32})"/.exec(await answer.text())?.[1] ?? ''
  }
  const opens = async (token: string) => {
    const headers = { Authorization: `Bearer ${token}` }
    return (await fetch(`${server.url}/api/v2/account`, { headers })).status === 200
  }
  const printed = () => /^Its token: (.*)$/m.exec(server.output())?.[1] ?? ''
  return { press, opens, printed, output: server.output }
}

it('is what the page shows and generates, from one start to the next, unless the page has shown it once', {
  timeout: 180_000,
}, async () => {
  let { press, opens, printed, output } = await start()
  const first = printed()
  expect([first, await press('show'), await opens(first)]).toEqual([
    expect.stringMatching(/^[0-9a-f]{32}$/),
    first,
    true,
  ])

  ;({ press, opens, printed } = await start())
  expect([printed(), await opens(first)]).toEqual([first, true])
  const second = await press('generate')
  expect([await press('show'), await opens(second), await opens(first)]).toEqual([second, true, false])

  ;({ press, opens, printed } = await start({ env: { KEY_REVEAL: 'off' } }))
  expect([printed(), await press('show'), await opens(second), await opens(first)]).toEqual([second, '', true, false])
  const third = await press('generate')
  expect([third.length, await opens(second)]).toEqual([32, false])

  ;({ press, opens, printed, output } = await start())
  expect(printed()).toContain('shown, once')
  expect(output()).toContain('/api/v1/$TOKEN/upload')
  expect(output()).not.toContain(second)
  expect([await press('show'), await opens(third), await opens(second)]).toEqual(['', true, false])

  ;({ press, opens, printed } = await start({ token: GIVEN }))
  expect([printed(), await press('show'), await opens(GIVEN), await opens(third)]).toEqual([GIVEN, GIVEN, true, false])
})
