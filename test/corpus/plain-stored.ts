/** The plain reading of what a file holds, compressed or not. */
import type { FaultKind } from '../../src/capture/faults.ts'
import { openStored } from '../../src/capture/stored.ts'
import { nodeEngines } from '../../src/node-engines.ts'
import { arriving } from '../support/reading.ts'
import { type PlainCapture, readPlainly } from './plain.ts'

export interface PlainStored {
  content: Uint8Array
  plain: PlainCapture
  /** What ended the decompression early. */
  decompression: FaultKind | null
}

export async function readPlainlyStored(file: Uint8Array): Promise<PlainStored> {
  const stored = await openStored(arriving(file, 65_536), nodeEngines)
  const parts: Uint8Array[] = []
  for await (const chunk of stored.chunks()) parts.push(chunk.slice())
  const content = Buffer.concat(parts)
  return { content, plain: readPlainly(content), decompression: stored.fault?.what ?? null }
}
