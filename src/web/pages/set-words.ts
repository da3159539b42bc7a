/** A change of the server's settings in words, as lines of the audit log have it. */
import { sizeText } from '../../store/plans.ts'
import type { ServerSettings } from '../../store/settings.ts'
import { grouped } from '../ui/numbers.ts'
import { SET } from '../words/audit.ts'

const HOUR = 3_600_000

type Changed = Partial<ServerSettings['plan'] & Omit<ServerSettings, 'plan'>>

/** In words what a line of the log keeps as JSON; as it is kept where it is no such thing, or was cut. */
export function setWords(subject: string): string {
  const changed = changedIn(subject)
  if (changed === null) return subject
  const { filesLimit, maxFileSize, bytesLimit, apiAllowed, retentionDays, defaultVisibility, keysShown, undoGrace } =
    changed
  const words = [
    filesLimit !== undefined && SET.filesLimit(grouped(filesLimit)),
    maxFileSize !== undefined && SET.maxFileSize(sizeText(maxFileSize)),
    bytesLimit !== undefined && SET.bytesLimit(sizeText(bytesLimit)),
    apiAllowed !== undefined && SET.apiAllowed(apiAllowed),
    retentionDays !== undefined && SET.retentionDays(retentionDays),
    defaultVisibility !== undefined && SET.defaultVisibility(defaultVisibility),
    keysShown !== undefined && SET.keysShown(keysShown),
    undoGrace !== undefined && SET.undoGrace(undoGrace / HOUR),
  ]
  return words.filter((each) => each !== false).join('; ') || SET.nothing
}

/** Lines from before have the plan as a part of its own. */
function changedIn(subject: string): Changed | null {
  try {
    const { plan, ...rest } = JSON.parse(subject) as Changed & { plan?: Changed }
    return { ...plan, ...rest }
  } catch {
    return null
  }
}
