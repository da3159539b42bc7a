/** `pcaport delete`: captures that are to be no more. */
import { apiOf } from './api.ts'
import { type Command, read } from './command.ts'
import { gateway, idOf } from './gateway.ts'
import { about, EXIT, type ExitCode, refusalOf } from './refusal.ts'
import { tell } from './screen.ts'

export const remove: Command = {
  summary: 'delete captures, for good and without asking',
  help: `pcaport delete ID|LINK…

One that cannot be deleted does not keep the others from it; the exit code is that of the first that failed.`,
  async run(args) {
    const { words } = read(args, {}, 1)
    const ids = words.map(idOf) // all of them are read before one is gone
    const { captures } = apiOf(gateway())
    let exitCode: ExitCode = EXIT.done
    for (const id of ids) {
      try {
        await captures[':id'].$delete({ param: { id } })
        tell(`Deleted ${id}.`)
      } catch (error) {
        const refusal = refusalOf(error)
        tell(`pcaport: ${about(id, refusal)}`)
        exitCode ||= refusal.exitCode
      }
    }
    return exitCode
  },
}
