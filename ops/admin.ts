/** `npm run admin -- …`: accounts, links that sign in, tokens, plans and stuck captures, on the local database or, with `--remote`, the deployed one. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { addAccount, changeEmail, changeRole, listAccounts, setPlan, showAccount } from './accounts.ts'
import { listQuarantine, reindexCaptures, retryCapture } from './captures.ts'
import { cloudConfig, deploymentName, keptAddress } from './cloud.ts'
import { openLocal, remoteDatabase } from './databases.ts'
import { type Plan, VISIBILITIES } from './plans.ts'
import { runCommand, UsageError } from './refusal.ts'
import { invite, recover } from './sign-in-links.ts'
import type { Database, Row } from './sql.ts'
import { readControl, stateFolder } from './state-folder.ts'
import {
  addToken,
  type Grant,
  listTokens,
  loginOf,
  newPassword,
  PERMISSIONS,
  revokeToken,
  STANDARD_GRANT,
} from './tokens.ts'
import { bytesOf, countOf, listOf, momentOf, oneOf } from './words.ts'
import { wranglerOf } from './wrangler.ts'

const HELP = `npm run admin -- <command> [--remote] [--json]

  account add NAME [limits]        add an account
  account list                     all accounts, with what they use
  account show NAME                one account
  account admin NAME on|off        whether it sees to the others, on the pages
  account email NAME ADDRESS|none  by which Cloudflare Access knows its owner
  invite [--name NAME] [--admin] [limits]
                                   a link that makes an account; without a name, who comes chooses it
      [--expires 7d] [--url URL]   default 7d; URL: where the server is reached, if it is not known here
  recover ACCOUNT                  a link that signs its owner in, once
      [--expires 1d] [--url URL]   default 1d
  plan set ACCOUNT [limits]        change limits; below what is in use is allowed
  token add ACCOUNT NAME           make a token and print it once
      [--permissions upload,read,delete,admin]  default upload,read,delete
      [--tags a,b] [--visibility private|unlisted] [--expires 2027-01-31|30d|12h]
      [--login NAME]               in CloudShark's API alone, with that name and a password, printed once
  token list ACCOUNT               tokens of an account; never the tokens themselves
  token revoke ACCOUNT NAME        end a token, at once
  capture retry ID                 have a capture parsed again
  reindex                          have all captures indexed anew, by which searches find them
  quarantine list                  objects in the storage that no capture knows

limits
  --files N                        captures the account may hold     (10000)
  --max-file SIZE                  largest capture                   (5GiB)
  --storage SIZE                   all captures together             (100GiB)
  --api | --no-api                 whether its tokens may be used    (--api)
  --retention DAYS|never           captures are deleted after        (never)
  --visibility private|unlisted|default   what its captures are      (default: what the API says)

  --remote    the deployed database (needs a Cloudflare login); else the local one, of PCAPORT_STATE
  --json      print JSON
SIZE is 100MB, 5GiB, …; a name that begins with a dash comes after --.`

const LIMITS = {
  files: { type: 'string' },
  'max-file': { type: 'string' },
  storage: { type: 'string' },
  api: { type: 'boolean' },
  retention: { type: 'string' },
  visibility: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

const GRANT = {
  permissions: { type: 'string' },
  tags: { type: 'string' },
  visibility: { type: 'string' },
  expires: { type: 'string' },
  login: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

const LINK = {
  expires: { type: 'string' },
  url: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

type Flags = Record<string, string | boolean | undefined>

/** What a command gives back: rows to list, facts of one thing, or a sentence with what it is about. */
type Answer = { rows: Row[] } | { facts: Row } | { done: string; facts: Row }

interface Command {
  /** Names of what has to follow the command, in order. */
  wants: string[]
  flags: ParseArgsOptionsConfig
  /** Read what was typed, before any database is opened. */
  prepare(names: string[], flags: Flags, now: Date): Act
}

/** @param address where the server is reached, as far as that is known here */
type Act = (database: Database, address?: string | null) => Promise<Answer>

const COMMANDS: Record<string, Command> = {
  'account add': {
    wants: ['NAME'],
    flags: LIMITS,
    prepare([name = ''], flags, now) {
      const said = limitsOf(flags)
      return async (database) => {
        await addAccount(database, name, said, now)
        return { done: `Added the account ${name}.`, facts: await showAccount(database, name) }
      }
    },
  },
  'account list': { wants: [], flags: {}, prepare: () => async (database) => ({ rows: await listAccounts(database) }) },
  'account show': {
    wants: ['NAME'],
    flags: {},
    prepare:
      ([name = '']) =>
      async (database) => ({ facts: await showAccount(database, name) }),
  },
  'account admin': {
    wants: ['NAME', 'on|off'],
    flags: {},
    prepare([name = '', said = '']) {
      const isAdmin = oneOf('account admin', said, ['on', 'off']) === 'on'
      return async (database) => ({
        done: `${name} ${isAdmin ? 'is an admin now' : 'is no admin'}.`,
        facts: await changeRole(database, name, isAdmin),
      })
    },
  },
  'account email': {
    wants: ['NAME', 'ADDRESS|none'],
    flags: {},
    prepare([name = '', said = '']) {
      if (said !== 'none' && !/^[^\s@]+@[^\s@]+$/.test(said))
        throw new UsageError(`account email takes an address or none, not ${said}`)
      const email = said === 'none' ? null : said.toLowerCase()
      return async (database) => ({
        done: email === null ? `Access knows nobody as ${name}.` : `Access knows the owner of ${name} as ${email}.`,
        facts: await changeEmail(database, name, email),
      })
    },
  },
  invite: {
    wants: [],
    flags: { ...LIMITS, ...LINK, name: { type: 'string' }, admin: { type: 'boolean' } },
    prepare(_names, flags, now) {
      if (flags.visibility !== undefined) throw new UsageError('an invite says no --visibility: plan set does')
      const { defaultVisibility: _, ...plan } = limitsOf(flags)
      const name = typeof flags.name === 'string' ? flags.name : null
      const expiresAt = endOf(flags, '7d', now)
      return async (database, address) => {
        const base = addressOf(flags, address)
        const path = await invite(database, { name, isAdmin: flags.admin === true, plan, expiresAt }, now)
        return linkAnswer('makes an account and signs in', base + path, expiresAt)
      }
    },
  },
  recover: {
    wants: ['ACCOUNT'],
    flags: LINK,
    prepare([account = ''], flags, now) {
      const expiresAt = endOf(flags, '1d', now)
      return async (database, address) => {
        const base = addressOf(flags, address)
        return linkAnswer(
          `signs in as ${account}`,
          base + (await recover(database, account, expiresAt, now)),
          expiresAt,
        )
      }
    },
  },
  'plan set': {
    wants: ['ACCOUNT'],
    flags: LIMITS,
    prepare([name = ''], flags) {
      const changes = limitsOf(flags)
      return async (database) => {
        const account = await setPlan(database, name, changes)
        const over = [
          Number(account.files) > Number(account.filesLimit) && 'captures',
          Number(account.bytes) > Number(account.bytesLimit) && 'storage',
        ].filter((what) => what !== false)
        const note = over.length
          ? ` It holds more ${over.join(' and ')} than that: nothing is deleted, nothing more goes in.`
          : ''
        return { done: `Changed the plan of ${name}.${note}`, facts: account }
      }
    },
  },
  'token add': {
    wants: ['ACCOUNT', 'NAME'],
    flags: GRANT,
    prepare([account = '', name = ''], flags, now) {
      const password = newPassword()
      const grant = grantOf(flags, now, password)
      return async (database) => {
        const token = await addToken(database, account, name, grant, now)
        const facts = { account, name, token, permissions: grant.permissions.join(',') }
        if (grant.login === null) return { done: 'Keep the token now: it is shown this once, and kept nowhere.', facts }
        const done = 'Keep the token and the password now: they are shown this once, and kept nowhere.'
        return { done, facts: { ...facts, login: grant.login.user, password } }
      }
    },
  },
  'token list': {
    wants: ['ACCOUNT'],
    flags: {},
    prepare:
      ([account = '']) =>
      async (database) => ({ rows: await listTokens(database, account) }),
  },
  'token revoke': {
    wants: ['ACCOUNT', 'NAME'],
    flags: {},
    prepare:
      ([account = '', name = ''], _flags, now) =>
      async (database) => {
        await revokeToken(database, account, name, now)
        return { done: `Revoked the token ${name} of ${account}.`, facts: { account, name } }
      },
  },
  'capture retry': {
    wants: ['ID'],
    flags: {},
    prepare:
      ([id = ''], _flags, now) =>
      async (database) => {
        await retryCapture(database, id, now)
        return { done: `The capture ${id} is parsed again with the next sweep.`, facts: { id } }
      },
  },
  reindex: {
    wants: [],
    flags: {},
    prepare: () => async (database) => {
      const captures = await reindexCaptures(database)
      return {
        done: 'The captures are indexed anew, 240 a minute at most; what is indexed stays so meanwhile.',
        facts: { captures },
      }
    },
  },
  'quarantine list': {
    wants: [],
    flags: {},
    prepare: () => async (database) => ({ rows: await listQuarantine(database) }),
  },
}

const linkAnswer = (does: string, link: string, expiresAt: Date): Answer => ({
  done: `Whoever opens this link ${does}, once. It is shown this once.`,
  facts: { link, expires: expiresAt.toISOString() },
})

const endOf = ({ expires }: Flags, otherwise: string, now: Date): Date =>
  momentOf('--expires', typeof expires === 'string' ? expires : otherwise, now)

/** Where links lead. @throws UsageError where that is not known, or is no address */
function addressOf({ url }: Flags, known: string | null | undefined): string {
  const said = typeof url === 'string' ? url : known
  if (!said) throw new UsageError('--url says where the server is reached: --url https://pcaport.example.com')
  if (!URL.canParse(said) || !/^https?:$/.test(new URL(said).protocol))
    throw new UsageError(`--url takes an address such as https://pcaport.example.com, not ${said}`)
  return new URL(said).origin
}

function limitsOf(flags: Flags): Partial<Plan> {
  const plan: Partial<Plan> = {}
  const { files, storage, api, retention, visibility } = flags
  const maxFile = flags['max-file']
  if (typeof files === 'string') plan.filesLimit = countOf('--files', files)
  if (typeof maxFile === 'string') plan.maxFileSize = bytesOf('--max-file', maxFile)
  if (typeof storage === 'string') plan.bytesLimit = bytesOf('--storage', storage)
  if (typeof api === 'boolean') plan.apiAllowed = api
  if (typeof retention === 'string')
    plan.retentionDays = retention === 'never' ? null : countOf('--retention', retention)
  if (typeof visibility === 'string')
    plan.defaultVisibility = visibility === 'default' ? null : oneOf('--visibility', visibility, VISIBILITIES)
  return plan
}

function grantOf(flags: Flags, now: Date, password: string): Grant {
  const grant: Grant = { ...STANDARD_GRANT }
  const { permissions, tags, visibility, expires, login } = flags
  if (typeof permissions === 'string')
    grant.permissions = listOf(permissions).map((word) => oneOf('--permissions', word, PERMISSIONS))
  if (grant.permissions.length === 0) throw new UsageError('--permissions names none')
  if (typeof tags === 'string') grant.tags = listOf(tags)
  if (typeof visibility === 'string') grant.visibility = oneOf('--visibility', visibility, VISIBILITIES)
  if (typeof expires === 'string') grant.expiresAt = momentOf('--expires', expires, now)
  if (typeof login === 'string') grant.login = loginOf(login, password)
  return grant
}

/** Read a whole command line. @throws UsageError for anything it does not know */
export function readCommand(args: string[], now: Date) {
  if (args.length === 0 || args[0] === 'help') return { help: true } as const
  const name = Object.hasOwn(COMMANDS, args[0] ?? '') ? (args[0] ?? '') : args.slice(0, 2).join(' ')
  const command = COMMANDS[name]
  const common = {
    remote: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  if (!command) {
    if (args.includes('--help') || args.includes('-h')) return { help: true } as const
    throw new UsageError(`there is no command "${name}"; npm run admin -- --help lists them`)
  }
  const { values, positionals } = parse(args.slice(name.split(' ').length), { ...command.flags, ...common })
  if (values.help) return { help: true } as const
  if (positionals.length !== command.wants.length)
    throw new UsageError(`${name} takes ${command.wants.join(' ') || 'nothing more'}; npm run admin -- --help says how`)
  const act = command.prepare(positionals, values as Flags, now)
  return { help: false, remote: values.remote === true, json: values.json === true, act } as const
}

function parse(args: string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args, options, allowPositionals: true, allowNegative: true })
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. npm run admin -- --help lists the flags.`)
  }
}

function print(answer: Answer, json: boolean): void {
  if ('done' in answer && !json) console.log(answer.done)
  const said = 'rows' in answer ? answer.rows : answer.facts
  if (json) console.log(JSON.stringify(said, null, 2))
  else console.log(Array.isArray(said) ? table(said) : facts(said))
}

function shown(value: Row[string] | undefined): string {
  if (value === null || value === undefined || value === '') return '-'
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}

function facts(row: Row): string {
  const width = Math.max(...Object.keys(row).map((key) => key.length))
  return Object.entries(row)
    .map(([key, value]) => `  ${key.padEnd(width)}  ${shown(value)}`)
    .join('\n')
}

function table(rows: Row[]): string {
  const [first] = rows
  if (!first) return 'None.'
  const keys = Object.keys(first)
  const lines = [keys, ...rows.map((row) => keys.map((key) => shown(row[key])))]
  const widths = keys.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

if (import.meta.main)
  await runCommand(async () => {
    const command = readCommand(process.argv.slice(2), new Date())
    if (command.help) return console.log(HELP)
    if (command.remote) {
      const wrangler = wranglerOf()
      const database = remoteDatabase(wrangler, await cloudConfig(wrangler, process.env, 'npm run admin -- … --remote'))
      return print(await command.act(database, await keptAddress(deploymentName())), command.json)
    }
    const database = await openLocal(stateFolder())
    try {
      // Passkeys want a name for the host, which an address is not.
      const url = readControl(stateFolder())?.url ?? `http://localhost:${process.env.PORT || 8787}`
      print(await command.act(database, url.replace('127.0.0.1', 'localhost')), command.json)
    } finally {
      await database.close()
    }
  })
