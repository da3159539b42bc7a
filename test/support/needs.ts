/** What some tests need that a machine may lack. Without it they are skipped, and the run's last lines say why. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

interface Need {
  met: boolean
  /** What is missing, and which tests that skips. */
  otherwise: string
}

/** Whether PATH has a program. */
export function has(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

const program = (name: string, tests: string): Need => ({
  met: has(name),
  otherwise: `${name} was not found: ${tests}`,
})

/** Where Chromium is; `undefined`: nowhere. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

export const needs = {
  corpus: { met: Boolean(process.env.PCAPORT_CORPUS), otherwise: 'PCAPORT_CORPUS is not set: the corpus tests' },
  chromium: { met: CHROMIUM !== undefined, otherwise: 'chromium was not found: the pages in a browser' },
  bash: program('bash', 'the lines of the vendors’ API pages'),
  curl: program('curl', 'the lines of the vendors’ API pages'),
  python3: program('python3', 'the clients that cut the id out of an answer'),
  capinfos: program('capinfos', '`info` beside capinfos'),
  editcap: program('editcap', 'slices beside editcap'),
  mergecap: program('mergecap', 'merges beside mergecap'),
  tshark: program('tshark', 'slices beside editcap'),
} satisfies Record<string, Need>
