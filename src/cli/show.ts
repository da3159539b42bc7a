/** `pcaport show`: what the gateway knows of a capture. */
import { apiOf } from './api.ts'
import { type Command, read } from './command.ts'
import { sizeWords } from './figures.ts'
import { gateway, idOf } from './gateway.ts'
import { EXIT } from './refusal.ts'
import { pairs, print } from './screen.ts'

export const show: Command = {
  summary: 'what the gateway knows of a capture',
  help: `pcaport show ID|LINK [--json]

  --json   the gateway's own object`,
  async run(args) {
    const { words, flags } = read(args, { json: { type: 'boolean' } }, 1, 1)
    const id = idOf(words[0] ?? '')
    const door = gateway()
    const answer = await apiOf(door).captures[':id'].$get({ param: { id } })
    const capture = await answer.json()
    if (flags.has('json')) {
      print(JSON.stringify(capture, null, 2))
      return EXIT.done
    }
    const { status, progress, failure, facts, size, tags, hashes, retention } = capture
    const far = status === 'processing' && progress !== null ? ` ${progress}%` : ''
    const why = failure ? `: ${failure.message}` : ''
    print(
      pairs([
        ['Link', door.linkOf(id)],
        ['Name', capture.filename],
        ['Status', `${status}${far}${why}`],
        ['Seen by', capture.visibility === 'private' ? 'its owner' : 'whoever has the link'],
        ['Tags', tags.join(',')],
        ['Comment', capture.comments],
        ['File type', facts?.fileType],
        ['Encapsulation', facts?.encapsulation],
        ['Packets', facts?.packets],
        ['File size', size === null ? null : `${size} bytes (${sizeWords(size)})`],
        ['Data size', facts && `${facts.dataSize} bytes`],
        ['First packet', timeOf(facts?.firstTime)],
        ['Last packet', timeOf(facts?.lastTime)],
        ['Duration', facts?.duration && `${facts.duration} seconds`],
        ['Cut short', facts?.truncated || capture.brokenOff ? 'yes' : null],
        ['SHA256', hashes.sha256],
        ['SHA1', hashes.sha1],
        ['Uploaded', capture.createdAt],
        ['Deleted', retention.deleteAt ?? (retention.keep ? 'not by age' : null)],
      ]),
    )
    return EXIT.done
  },
}

/** ISO 8601 of decimal seconds since 1970, with their decimals; as they are where no calendar has them. */
function timeOf(seconds: string | null | undefined): string | null {
  if (!seconds) return null
  const [whole = '', fraction] = seconds.split('.')
  const date = new Date(Number(whole) * 1000)
  if (seconds.startsWith('-') || Number.isNaN(date.getTime())) return seconds
  return `${date.toISOString().slice(0, -5)}${fraction === undefined ? '' : `.${fraction}`}Z`
}
