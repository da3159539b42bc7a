/** `pcaport show`: what the gateway knows of a capture. */
import { type Command, read } from './command.ts'
import { sizeWords } from './figures.ts'
import { gateway, idOf } from './gateway.ts'
import { EXIT } from './refusal.ts'
import { pairs, print } from './screen.ts'

export const show: Command = {
  summary: 'what the gateway knows of a capture',
  help: `pcaport show ID|LINK [--json]

  --json   the gateway's own object, with "status" added`,
  async run(args) {
    const { words, flags } = read(args, { json: { type: 'boolean' } }, 1, 1)
    const id = idOf(words[0] ?? '')
    const door = gateway()
    const [info, status] = await Promise.all([door.info(id), door.status(id)])
    if (flags.has('json')) print(JSON.stringify({ ...info, ...status }, null, 2))
    else {
      const far = status.status === 'processing' && status.progress !== undefined ? ` ${status.progress}%` : ''
      const why = status.status === 'error' ? `: ${status.message}` : ''
      print(
        pairs([
          ['Link', door.linkOf(id)],
          ['Name', text(info.filename)],
          ['Status', `${status.status}${far}${why}`],
          ['Tags', text(info.tag_list)],
          ['Comment', text(info.comments)],
          ['File type', text(info.file_type)],
          ['Encapsulation', text(info.encapsulation)],
          ['Packets', text(info.num_packets)],
          ['File size', typeof info.size === 'number' ? `${info.size} bytes (${sizeWords(info.size)})` : null],
          ['Data size', info.data_size === null ? null : `${info.data_size} bytes`],
          ['First packet', text(info.start_time)],
          ['Last packet', text(info.end_time)],
          ['Duration', info.duration === null || info.duration === 'n/a' ? null : `${info.duration} seconds`],
          ['Cut short', info.truncated === 'Yes' ? 'yes' : null],
          ['SHA1', text(info.sha1_hash)],
          ['Uploaded', text(info.created_at)],
        ]),
      )
    }
    return EXIT.done
  },
}

const text = (value: string | number | boolean | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value)
