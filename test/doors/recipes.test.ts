/**
 * The recipes of docs/recipes.md, taken out of the page and run by the real programs against a real `npm start`. What captures
 * (tcpdump) or belongs to a device (uci, cshark, ssh) is a stand-in that comes first in PATH; dumpcap is the real one, at a named pipe.
 * Ruby, PowerShell, requests and systemd-analyze, which CI does not install, are run where they are.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payload, pcap } from '../support/captures.ts'
import { has, needs } from '../support/needs.ts'
import { type Server, startServer } from '../support/server.ts'
import { literalsIn, recipesIn } from './recipe-blocks.ts'

const run = promisify(execFile)
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g
const CAPTURE = pcap(
  Array.from({ length: 10 }, (_, i) => ({ seconds: 1_700_000_000 + i, fraction: 0, data: payload(600, i) })),
)
const RECIPES = recipesIn(readFileSync(resolve(import.meta.dirname, '../../docs/recipes.md'), 'utf8'))

/** Programs that stand in for what needs a privilege or a device, as bash. */
const STAND_INS = {
  sudo: 'exec "$@"',
  'apt-get': 'true',
  setcap: 'true',
  // To standard output all at once, as with -c; into a file until it is told to stop, as without.
  tcpdump: `while [ "$1" != -w ]; do shift; done
    [ "$2" = - ] && exec cat "$CAPTURE"
    cp "$CAPTURE" "$2"; trap 'kill $!; exit 0' TERM; sleep 60 & wait`,
  ssh: 'shift; exec sh -c "$*"',
  uci: '[ "$1" = set ] && echo "$2" >>uci.txt || true',
  cshark: `of() { sed -n "s/^cshark.cshark.$1=//p" uci.txt; }
    id=$(curl -sS -T "$CAPTURE" -H 'User-Agent:' "$(of url)/api/v1/$(of token)/upload" | cut -d '"' -f 8)
    echo "$(of url)/captures/$id"`,
}

let server: Server
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pcaport-recipes-'))
  writeFileSync(join(folder, 'traffic.pcap'), CAPTURE)
  mkdirSync(join(folder, 'bin'))
  for (const [name, script] of Object.entries(STAND_INS)) program(join(folder, 'bin', name), `#!/bin/bash\n${script}\n`)
  server = await startServer()
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function program(path: string, script: string): void {
  writeFileSync(path, script)
  chmodSync(path, 0o755)
}
/** The code of a recipe: its block of that language, the first or the one at `index`. */
function code(recipe: string, language: string, index = 0): string {
  const block = RECIPES.get(recipe)?.filter((one) => one.language === language)[index]
  if (!block) throw new Error(`no ${language} block ${index} under “${recipe}”`)
  return block.text
}
/** The environment of every recipe: the server, and the stand-ins before everything else. */
const environment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  CURL_HOME: folder,
  CAPTURE: join(folder, 'traffic.pcap'),
  HOST: server.url,
  TOKEN: server.token,
  ...more,
})
/** Run a text by a program. @returns what it printed @throws Error where it ended with anything but 0 */
async function by(command: string[], text: string, more: Record<string, string> = {}): Promise<string> {
  const [file = '', ...options] = command
  const { stdout } = await run(file, [...options, text], { cwd: folder, env: environment(more), timeout: 20_000 })
  return stdout
}
const shell = (text: string, more?: Record<string, string>) => by(['bash', '-eo', 'pipefail', '-c'], text, more)
/** The ids in what a recipe printed. */
const idsIn = (printed: string): string[] => printed.match(UUID) ?? []
/** The one capture a recipe printed: it holds the very bytes. @returns its `info` */
async function uploaded(printed: string): Promise<Record<string, unknown>> {
  const [id = '', ...others] = idsIn(printed)
  expect(others, printed).toEqual([])
  const api = `${server.url}/api/v1/${server.token}`
  const back = await fetch(`${api}/download/${id}`)
  expect(new Uint8Array(await back.arrayBuffer())).toEqual(CAPTURE)
  return (await (await fetch(`${api}/info/${id}`)).json()) as Record<string, unknown>
}
/** The link a recipe printed last is the page of its capture. */
async function linked(printed: string): Promise<Record<string, unknown>> {
  const link = /http:\S+$/.exec(printed.trim())?.[0] ?? ''
  expect(link).toBe(`${server.url}/captures/${idsIn(printed)[0]}`)
  expect((await fetch(link)).status).toBe(200)
  return uploaded(printed)
}

it('there is a recipe for each of these', () => {
  expect([...RECIPES.keys()]).toEqual([
    'tcpdump',
    'dumpcap ring buffer',
    "Wireshark's CloudShark plugin",
    "OpenWrt's cshark",
    'Meraki dashboard',
    'PowerShell',
    'Ruby',
    'Python requests',
    'GitHub Actions',
    'Kubernetes sidecar',
    'systemd timer',
  ])
})

describe.skipIf(!needs.bash.met || !needs.curl.met)('in a shell', () => {
  it('tcpdump, straight from the wire', async () => {
    expect(await uploaded(await shell(code('tcpdump', 'sh')))).toMatchObject({
      filename: 'live.pcap',
      tag_list: 'tcpdump',
    })
  })

  it.skipIf(!has('dumpcap'))('dumpcap sends every file of its ring', async () => {
    execFileSync('mkfifo', [join(folder, 'wire')])
    const ring = code('dumpcap ring buffer', 'sh')
      .replace('INTERFACE=eth0', 'INTERFACE=wire; cat traffic.pcap >wire &')
      .replace('filesize:50000', 'filesize:2')
    const ids = idsIn(await shell(ring))
    const files = readdirSync(folder).filter((name) => name.startsWith('ring_'))
    expect(files.length).toBeGreaterThan(1)
    const names = ids.map(async (id) => {
      const back = await fetch(`${server.url}/api/v1/${server.token}/download/${id}`)
      const name = /filename=(\S+)$/.exec(back.headers.get('Content-Disposition') ?? '')?.[1] ?? ''
      expect(Buffer.from(await back.arrayBuffer())).toEqual(readFileSync(join(folder, name)))
      return name
    })
    expect((await Promise.all(names)).sort()).toEqual(files.sort())
  })

  it('what Wireshark’s plugin sends with its configuration', async () => {
    const recipe = "Wireshark's CloudShark plugin"
    const settings = [...code(recipe, 'lua').matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name, value]) => [name, value])
    expect(Object.fromEntries(settings)).toMatchObject({ CLOUDSHARK_URL: '$HOST', CLOUDSHARK_API_KEY: '$TOKEN' })
    expect(await shell(code(recipe, 'sh'))).toBe('\nHTTP Response Code: 200\n')
    const answer = readFileSync(join(folder, 'answer.json'), 'utf8')
    expect(await uploaded(answer)).toMatchObject({ filename: 'traffic.pcap', tag_list: 'wireshark' })
  })

  it('cshark is told the address and the token by uci', async () => {
    await linked(await shell(code("OpenWrt's cshark", 'sh')))
  })

  it.each([1, 2])('a router without cshark, way %i', async (index) => {
    const printed = await shell(code("OpenWrt's cshark", 'sh', index))
    expect(await uploaded(printed)).toMatchObject({ filename: 'br-lan.pcap' })
  })

  it('GitHub Actions: the capture of a failed test is uploaded, and linked in the summary', async () => {
    const steps = literalsIn(code('GitHub Actions', 'yaml'))
    const runner = {
      RUNNER_TEMP: join(folder, 'runner'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      GITHUB_SERVER_URL: 'https://git.example',
      GITHUB_REPOSITORY: 'noc/router',
      GITHUB_RUN_ID: '42',
    }
    mkdirSync(runner.RUNNER_TEMP)
    expect(steps).toHaveLength(2)
    await shell(steps[0] ?? '', runner)
    const found = await linked(await shell(steps[1] ?? '', runner))
    expect(found).toMatchObject({
      filename: 'test.pcap',
      tag_list: 'ci,noc/router',
      comments: 'https://git.example/noc/router/actions/runs/42',
    })
    expect(readFileSync(runner.GITHUB_STEP_SUMMARY, 'utf8')).toContain(`${server.url}/captures/${found.id}`)
  })

  it('a sidecar uploads the last file when its pod stops', async () => {
    const [script = ''] = literalsIn(code('Kubernetes sidecar', 'yaml'))
    const captures = join(folder, 'captures')
    mkdirSync(captures)
    const pod = spawn('sh', ['-c', script], { env: environment({ CAPTURES: captures, HOSTNAME: 'app-0' }) })
    let printed = ''
    pod.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    const ended = once(pod, 'close')
    const size = (name: string) => readFileSync(join(captures, name)).length
    while (!readdirSync(captures).some((name) => size(name) === CAPTURE.length)) await sleep(20)
    pod.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    const found = await uploaded(printed)
    expect(found.filename).toMatch(/^app-0-\d{8}T\d{6}Z\.pcap$/)
    expect(found.tag_list).toBe('k8s')
    expect(readdirSync(captures)).toEqual([])
  })

  describe('the systemd timer', () => {
    it('sends what lies still, deletes what was taken in, and fails for what was refused', async () => {
      const script = join(folder, 'pcaport-upload')
      const spool = join(folder, 'spool')
      mkdirSync(spool)
      program(script, code('systemd timer', 'bash'))
      const hourAgo = new Date(Date.now() - 3_600_000)
      const file = (name: string, data: Uint8Array, at: Date) => {
        writeFileSync(join(spool, name), data)
        utimesSync(join(spool, name), at, at)
      }
      file('a b.pcap', CAPTURE, hourAgo)
      file('growing.pcap', CAPTURE, new Date())
      const first = await shell('"$SCRIPT" "$SPOOL"', { SCRIPT: script, SPOOL: spool })
      expect(await uploaded(first)).toMatchObject({ filename: 'a b.pcap' })
      expect(readdirSync(spool)).toEqual(['growing.pcap'])

      file('a b.pcap', CAPTURE, hourAgo)
      const again = await shell('"$SCRIPT" "$SPOOL"', { SCRIPT: script, SPOOL: spool })
      expect(idsIn(again)).toEqual(idsIn(first))

      file('photo.pcap', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), hourAgo)
      await expect(shell('"$SCRIPT" "$SPOOL"', { SCRIPT: script, SPOOL: spool })).rejects.toMatchObject({ code: 1 })
      expect(existsSync(join(spool, 'photo.pcap'))).toBe(true)
    })

    for (const analyze of ['systemd-analyze'].filter(has)) {
      it('its units are what systemd takes', async () => {
        const units = ['service', 'timer'].map((kind, at) => {
          const path = join(folder, `pcaport-upload.${kind}`)
          writeFileSync(path, code('systemd timer', 'ini', at).replace('/usr/local/bin/pcaport-upload', '/bin/true'))
          return path
        })
        // A key it does not know is a line on standard error, and it ends with 0 all the same.
        expect((await run(analyze, ['verify', '--man=no', ...units])).stderr).toBe('')
      })
    }
  })
})

describe('in a language', () => {
  const asked = { filename: 'traffic.pcap', tag_list: 'dns,lab' }

  it.skipIf(!needs.python3.met)('Python, by its standard library', async () => {
    expect(await linked(await by(['python3', '-c'], code('Python requests', 'python', 1)))).toMatchObject(asked)
  })

  it.skipIf(!needs.python3.met)('Python, by requests where it is installed', async () => {
    const printed = await by(['python3', '-c'], code('Python requests', 'python')).catch((error: Error) => {
      if (/No module named 'requests'/.test(error.message)) return null
      throw error
    })
    if (printed !== null) expect(await linked(printed)).toMatchObject(asked)
  })

  for (const ruby of ['ruby'].filter(has)) {
    it('Ruby', async () => {
      expect(await linked(await by([ruby, '-e'], code('Ruby', 'ruby')))).toMatchObject(asked)
    })
  }

  for (const pwsh of ['pwsh'].filter(has)) {
    it.each([0, 1])('PowerShell, way %i', async (index) => {
      const printed = await by([pwsh, '-NoProfile', '-Command'], code('PowerShell', 'powershell', index))
      expect(await linked(printed)).toMatchObject(asked)
    })
  }
})
