/** `pcaport list`: the captures of this account. */
import { type Command, read } from './command.ts'
import { sizeWords } from './figures.ts'
import { gateway, type Info } from './gateway.ts'
import { EXIT } from './refusal.ts'
import { columns, print, tell } from './screen.ts'

export const list: Command = {
  summary: 'the captures of your account',
  help: `pcaport list [--tag TAG]… [--name TEXT] [--comment TEXT] [--json]

  --tag TAG        those with this tag; again for those that have both
  --name TEXT      those with this in their name
  --comment TEXT   those with this in their comment
  --json           a JSON object a capture, one a line

A gateway that has no search yet says so, and the exit code is 1.`,
  async run(args) {
    const { flags } = read(
      args,
      {
        tag: { type: 'string', multiple: true },
        name: { type: 'string' },
        comment: { type: 'string' },
        json: { type: 'boolean' },
      },
      0,
      0,
    )
    const query = new URLSearchParams({
      'search[filename]': flags.one('name') ?? '',
      'search[comments]': flags.one('comment') ?? '',
    })
    for (const tag of flags.all('tag')) query.append('search[tags][]', tag)
    const captures = await gateway().search(query)
    if (flags.has('json')) for (const capture of captures) print(JSON.stringify(capture))
    else if (captures.length === 0) tell('There are none.')
    else print(columns([HEAD, ...captures.map(rowOf)], new Set([2, 3])))
    return EXIT.done
  },
}

const HEAD = ['ID', 'UPLOADED', 'SIZE', 'PACKETS', 'NAME', 'TAGS']

const rowOf = ({ id, created_at, size, num_packets, filename, tag_list }: Info): string[] => [
  String(id),
  String(created_at ?? '')
    .slice(0, 16)
    .replace('T', ' '),
  typeof size === 'number' ? sizeWords(size) : '',
  String(num_packets ?? ''),
  String(filename ?? ''),
  String(tag_list ?? ''),
]
