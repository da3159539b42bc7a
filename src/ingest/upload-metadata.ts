/** `Upload-Metadata` of tus 1.0.0: keys, each with a value in base64. https://tus.io/protocols/resumable-upload#upload-metadata */
import { GatewayError } from '../errors.ts'
import type { Given } from './options.ts'

/** Longest field. Characters. */
const MAX_METADATA = 128 * 1024

const PAIR = /^([\x21-\x2b\x2d-\x7e]+)(?: +([A-Za-z0-9+/]*={0,2}))? *$/

/**
 * What the field says, by key; text is UTF-8. Keys that nobody asks for are kept by the caller, who has the field.
 * @param field empty: nothing was said
 * @throws GatewayError `bad-option` for what is no such field, has a key twice, or is longer than 128 KiB
 */
export function givenBy(field: string): Given {
  if (field.length > MAX_METADATA) throw new GatewayError('bad-option', 'Upload-Metadata is too long.')
  const values = new Map<string, string>()
  for (const pair of field.split(',')) {
    if (field.trim() === '') break
    const [, key, value = ''] = PAIR.exec(pair.trim()) ?? []
    if (key === undefined || value.length % 4 !== 0 || values.has(key))
      throw new GatewayError(
        'bad-option',
        'Upload-Metadata is not a list of `key base64`, parted by commas, each key once.',
      )
    values.set(key, value)
  }
  return (name) => {
    const value = values.get(name)
    if (!value) return undefined
    return new TextDecoder().decode(Uint8Array.from(atob(value), (character) => character.charCodeAt(0)))
  }
}

/** The field as it was sent, but for the key log: who may upload need not be one who may have that. */
export const withoutKeylog = (field: string): string =>
  field
    .split(',')
    .filter((pair) => pair.trim().split(' ')[0] !== 'keylog')
    .join(',')
