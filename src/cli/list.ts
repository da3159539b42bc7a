/** `pcaport list`: the captures of this account. */
import { type Command, read } from './command.ts'
import { FLAGS, FLAGS_HELP, showFound } from './found.ts'

export const list: Command = {
  summary: 'the captures of your account',
  help: `pcaport list [--tag TAG]… [--name TEXT] [--comment TEXT] [--limit N] [--json]

  --tag TAG        those with this tag; again for those that have both
  --name TEXT      those with this in their name
  --comment TEXT   those with these words in their comment
${FLAGS_HELP}

pcaport search finds them by more than that.`,
  async run(args) {
    const own = {
      tag: { type: 'string', multiple: true },
      name: { type: 'string' },
      comment: { type: 'string' },
    } as const
    const { flags } = read(args, { ...own, ...FLAGS }, 0, 0)
    const parts = (['tag', 'name', 'comment'] as const).flatMap((field) =>
      flags.all(field).map((text) => `${field}:${quoted(text)}`),
    )
    return showFound(parts.join(' '), flags)
  },
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
