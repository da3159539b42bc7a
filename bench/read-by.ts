/** A capture of a file, given to a gateway. */
import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../test/support/server.ts'

/** Upload it, and wait until it is read. @returns its id @throws Error where it ends otherwise */
export async function readBy({ url, token }: Server, path: string): Promise<string> {
  const sent = await fetch(`${url}/api/v1/${token}/upload?filename=${basename(path)}`, {
    method: 'PUT',
    body: await openAsBlob(path),
  })
  const { id } = (await sent.json()) as { id: string }
  for (;;) {
    const said = await fetch(`${url}/api/v1/pcaps/private/status/${id}`, {
      headers: { Authorization: `Bearer ${token}` },
    })
    const { status } = (await said.json()) as { status: string }
    if (status === 'ok') return id
    if (status !== 'processing') throw new Error(`${basename(path)}: ${status}`)
    await sleep(200)
  }
}
