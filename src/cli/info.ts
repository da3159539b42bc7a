/** `pcaport info`: what a capture on this machine holds. */
import type { Facts } from '../summary/facts.ts'
import { capinfos, INFOS, type Info, type Style } from './capinfos.ts'
import { type Command, type Flags, read } from './command.ts'
import { readCapture } from './reading.ts'
import { about, EXIT, type ExitCode, refusalOf } from './refusal.ts'
import { print, tell } from './screen.ts'
import { tablesText } from './tables.ts'

/** Conversations of each kind that are printed; --json has a thousand. */
const LISTED = 20

export const info: Command = {
  summary: 'what a capture on this machine holds; offline',
  help: `pcaport info FILE… [options]

Prints what capinfos prints, by the engine that the gateway reads captures with; nothing is sent anywhere.

  --tables   the protocol hierarchy and the conversations with most bytes, too
  --json     a JSON object a file, one a line: {file, facts, hashes, tables}

Of capinfos' options there are
  -A  all infos (as without any)     -M  whole numbers, short names     -S  times as seconds since 1970
${Object.entries(INFOS)
  .map(([letter, words]) => `  -${letter}  ${words}`)
  .join('\n')}

A capture that is cut short or damaged is told as far as it can be read; what is wrong with it is on standard error, and
the exit code is 1. Where capinfos and this differ: each pcapng section lists its own interfaces, with their own counts.`,
  async run(args) {
    const letters = [...Object.keys(INFOS), 'A', 'M', 'S']
    const { words, flags } = read(
      args,
      {
        json: { type: 'boolean' },
        tables: { type: 'boolean' },
        ...Object.fromEntries(letters.map((letter) => [`info-${letter}`, { type: 'boolean', short: letter }] as const)),
      },
      1,
    )
    const style = styleOf(flags)
    const hashes = flags.has('json') || style.infos.size === 0 || style.infos.has('H')
    let exitCode: ExitCode = EXIT.done
    let between = ''
    for (const path of words) {
      try {
        const reading = await readCapture(path, { tables: flags.has('tables'), hashes })
        const { facts, tables } = reading
        if (flags.has('json')) print(JSON.stringify({ file: path, ...reading }))
        else if (facts.verdict !== 'refused') {
          const text = tables === null ? [] : ['', tablesText(tables, LISTED)]
          print([between + capinfos(path, facts, reading.hashes, style), ...text].join('\n'))
          between = '\n'
        }
        for (const words of troubles(facts)) tell(`pcaport: ${path}: ${words}`)
        if (facts.verdict !== 'whole') exitCode ||= EXIT.failed
      } catch (error) {
        const refusal = refusalOf(error)
        tell(`pcaport: ${about(path, refusal)}`)
        exitCode ||= refusal.exitCode
      }
    }
    return exitCode
  },
}

function styleOf(flags: Flags): Style {
  const infos = (Object.keys(INFOS) as Info[]).filter((letter) => flags.has(`info-${letter}`))
  return {
    infos: new Set(infos),
    machine: flags.has('info-M'),
    seconds: flags.has('info-S'),
  }
}

/** What is wrong with a capture, and what the bounds of its facts left out. */
function troubles({ verdict, faults, packets, leftOut, sectionCount, interfaceCount }: Facts): string[] {
  const last = faults.at(-1)
  const words = {
    whole: '',
    truncated: `cut short after ${packets} packets`,
    damaged: `damaged after ${packets} packets`,
    refused: 'no capture that can be read',
  }[verdict]
  const ended = verdict === 'whole' || last === undefined ? [] : [`${words}: ${last.message}, at offset ${last.at}`]
  const unlisted = [
    leftOut.sections > 0 ? `${leftOut.sections} of ${sectionCount} sections` : '',
    leftOut.interfaces > 0 ? `${leftOut.interfaces} of ${interfaceCount} interfaces` : '',
    leftOut.texts > 0 ? `${leftOut.texts} texts` : '',
  ].filter((each) => each !== '')
  return unlisted.length > 0 ? [...ended, `not listed: ${unlisted.join(', ')}`] : ended
}
