/** `pcaport merge`: captures put together into a new one. */
import { randomUUID } from 'node:crypto'
import { type Command, read } from './command.ts'
import { gateway, idOf } from './gateway.ts'
import { EXIT } from './refusal.ts'
import { print, tell } from './screen.ts'
import { patiently, readingOf } from './sending.ts'
import { wishesOf } from './wishes.ts'

export const merge: Command = {
  summary: 'put captures together into a new one, by time',
  help: `pcaport merge ID|LINK ID|LINK… [options]

  --name NAME          the name that the new capture gets (else "merged" and the names of the others)
  --tag TAG            a tag; again for more, or a comma list
  --comment TEXT       a comment
  --drop-duplicates    leave packets out that one of the four before them has all bytes of, as editcap -d does
  --wait               until it has been made and read; exit 5 where it could not be
  --json               a JSON object instead of the link
  -q, --quiet          no progress

Prints the link of the new capture, a pcapng in which the interfaces of each capture stay apart. Where times are equal,
packets come in the order in which the captures were named. It takes at most 20 of them, and leaves them as they are.`,
  async run(args) {
    const { words, flags } = read(
      args,
      {
        name: { type: 'string' },
        tag: { type: 'string', multiple: true },
        comment: { type: 'string' },
        'drop-duplicates': { type: 'boolean' },
        wait: { type: 'boolean' },
        json: { type: 'boolean' },
        quiet: { type: 'boolean', short: 'q' },
      },
      2,
    )
    const { name, tags, comment } = wishesOf(flags)
    const body = JSON.stringify({
      captures: words.map(idOf),
      dropDuplicates: flags.has('drop-duplicates'),
      filename: name,
      tags,
      comments: comment,
    })
    const door = gateway()
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }
    const made = await patiently(async () =>
      door.json<{ id: string; filename: string }>(await door.ask('POST', '/api/v2/captures/merge', { headers, body })),
    )
    const told = { ...made, url: door.linkOf(made.id) }
    const outcome = flags.has('wait') ? await readingOf(door, made.id, flags.has('quiet')) : null
    print(flags.has('json') ? JSON.stringify({ ...told, ...outcome }) : told.url)
    if (outcome === null || outcome.status === 'ok') return EXIT.done
    tell(`pcaport: ${made.filename}: ${outcome.message}`)
    return EXIT.unreadable
  },
}
