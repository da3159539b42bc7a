/** `pcaport edit`: what is said of a capture, changed. */
import { apiOf } from './api.ts'
import { type Command, read } from './command.ts'
import { gateway, idOf } from './gateway.ts'
import { EXIT, misuse } from './refusal.ts'
import { tell } from './screen.ts'

export const edit: Command = {
  summary: 'change name, tags, comment, visibility or retention',
  help: `pcaport edit ID|LINK [--name NAME] [--tag TAG]… [--comment TEXT] [--private | --unlisted]
                  [--keep | --delete-at TIME | --as-planned]

  --tag TAG          instead of the tags it has; again for more; '' for none
  --keep             it is not deleted by age
  --delete-at TIME   it is deleted then: 2027-01-31T12:00:00Z
  --as-planned       neither: as the plan of the account has it`,
  async run(args) {
    const { words, flags } = read(
      args,
      {
        name: { type: 'string' },
        tag: { type: 'string', multiple: true },
        comment: { type: 'string' },
        private: { type: 'boolean' },
        unlisted: { type: 'boolean' },
        keep: { type: 'boolean' },
        'delete-at': { type: 'string' },
        'as-planned': { type: 'boolean' },
      },
      1,
      1,
    )
    const id = idOf(words[0] ?? '')
    const [filename, comments, deleteAt] = [flags.one('name'), flags.one('comment'), flags.one('delete-at')]
    if (flags.has('private') && flags.has('unlisted')) throw misuse('--private or --unlisted, not both')
    if ([flags.has('keep'), deleteAt !== undefined, flags.has('as-planned')].filter(Boolean).length > 1)
      throw misuse('one of --keep, --delete-at and --as-planned')
    const tags = flags.all('tag')
    const change = {
      ...(filename === undefined ? {} : { filename }),
      ...(tags.length === 0 ? {} : { tags }),
      ...(comments === undefined ? {} : { comments }),
      ...(flags.has('private') ? { visibility: 'private' as const } : {}),
      ...(flags.has('unlisted') ? { visibility: 'unlisted' as const } : {}),
      ...(flags.has('keep') ? { retention: { keep: true } } : {}),
      ...(flags.has('as-planned') ? { retention: { keep: false } } : {}),
      ...(deleteAt === undefined ? {} : { retention: { deleteAt } }),
    }
    if (Object.keys(change).length === 0) throw misuse('nothing is to be changed; --help says what can be')
    await apiOf(gateway()).captures[':id'].$patch({ param: { id }, header: {}, json: change })
    tell(`Changed ${id}.`)
    return EXIT.done
  },
}
