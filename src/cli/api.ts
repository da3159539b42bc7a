/** The gateway's own API, by the types of its routes: no code of it comes along. */
import { hc } from 'hono/client'
import type { Api } from '../http/v2/v2.ts'
import type { Gateway } from './gateway.ts'
import { textOf } from './http.ts'

/** A client of `/api/v2`. What it is refused is thrown as a Refusal, with the gateway's words. */
export const apiOf = (door: Gateway) =>
  hc<Api>(`${door.host}/api/v2`, {
    /** Over the command's own transport, with its key and its deadlines. */
    async fetch(input: RequestInfo | URL, init: RequestInit = {}) {
      const headers = Object.fromEntries(new Headers(init.headers))
      const body = typeof init.body === 'string' ? { body: init.body } : {}
      const url = new URL(input instanceof Request ? input.url : input)
      const answer = await door.ask(init.method ?? 'GET', `${url.pathname}${url.search}`, { headers, ...body })
      const text = await textOf(url, answer)
      return new Response(text === '' ? null : text, {
        status: answer.status,
        headers: { 'Content-Type': answer.headers['content-type'] ?? '' },
      })
    },
  })
