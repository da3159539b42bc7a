// SPDX-License-Identifier: GPL-2.0-or-later
/** What the gateway says of a request that it refused (RFC 9457). */

/** @returns in its words why; `null`: it says it in none */
export async function wordsOfProblem(answer: Response): Promise<string | null> {
  if (!/problem\+json/.test(answer.headers.get('Content-Type') ?? '')) return null
  const { detail, title } = (await answer.json().catch(() => ({}))) as { detail?: unknown; title?: unknown }
  const words = detail ?? title
  return words === undefined ? null : String(words)
}
