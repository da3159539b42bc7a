/** `pcaport keys`: the keys of this account, for a key that may manage them. */
import { apiOf } from './api.ts'
import { type Command, read } from './command.ts'
import { gateway } from './gateway.ts'
import { EXIT, misuse } from './refusal.ts'
import { columns, print, tell } from './screen.ts'

export const keys: Command = {
  summary: 'the keys of your account: list, create, revoke',
  help: `pcaport keys [--json]
pcaport keys create NAME --may upload,read [--tag TAG]… [--private | --unlisted] [--expires TIME]
pcaport keys revoke NAME [--force]

  --may LIST       upload, read, delete, admin
  --tag TAG        given to each capture that is uploaded with it
  --expires TIME   2027-01-31T12:00:00Z
  --force          also the last key that may manage keys

create prints the key, once: the gateway does not keep it.`,
  async run(args) {
    const { words, flags } = read(
      args,
      {
        json: { type: 'boolean' },
        may: { type: 'string' },
        tag: { type: 'string', multiple: true },
        private: { type: 'boolean' },
        unlisted: { type: 'boolean' },
        expires: { type: 'string' },
        force: { type: 'boolean' },
      },
      0,
      2,
    )
    const [deed = 'list', name] = words
    const api = apiOf(gateway()).keys
    if (deed === 'list' && name === undefined) {
      const { keys } = await (await api.$get()).json()
      if (flags.has('json')) for (const key of keys) print(JSON.stringify(key))
      else print(columns([HEAD, ...keys.map(rowOf)]))
    } else if (deed === 'create' && name !== undefined) {
      const json = {
        name,
        permissions: (flags.one('may') ?? '').split(',').map(permission),
        defaultTags: flags.all('tag'),
        defaultVisibility: flags.has('private')
          ? ('private' as const)
          : flags.has('unlisted')
            ? ('unlisted' as const)
            : null,
        expiresAt: flags.one('expires') ?? null,
      }
      const { token } = await (await api.$post({ header: {}, json })).json()
      print(String(token))
    } else if (deed === 'revoke' && name !== undefined) {
      await api[':name'].$delete({ param: { name }, query: { force: flags.has('force') ? 'true' : 'false' } })
      tell(`Revoked ${name}.`)
    } else throw misuse('keys, keys create NAME or keys revoke NAME')
    return EXIT.done
  },
}

const PERMISSIONS = ['upload', 'read', 'delete', 'admin'] as const

function permission(word: string): (typeof PERMISSIONS)[number] {
  const known = PERMISSIONS.find((each) => each === word)
  if (known === undefined) throw misuse(`--may takes a list of ${PERMISSIONS.join(', ')}`)
  return known
}

const HEAD = ['NAME', 'MAY', 'TAGS', 'USED', 'EXPIRES']

interface Shown {
  name: string
  permissions: string[]
  defaultTags: string[]
  lastUsedAt: string | null
  expiresAt: string | null
}

const rowOf = ({ name, permissions, defaultTags, lastUsedAt, expiresAt }: Shown): string[] => [
  name,
  permissions.join(','),
  defaultTags.join(','),
  dayOf(lastUsedAt),
  dayOf(expiresAt),
]

const dayOf = (time: string | null): string => time?.slice(0, 10) ?? ''
