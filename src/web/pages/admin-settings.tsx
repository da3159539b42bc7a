/** What an admin sets for the whole server. */
import { CheckField, TextField } from '../ui/field.tsx'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ADMIN, SETTINGS, WRONG } from '../words/admin.ts'
import { adminPage } from './admin-frame.tsx'
import { PlanFields, type TypedPlan, type Wrong } from './admin-plan.tsx'

/** What is in its fields. */
export interface TypedSettings extends TypedPlan {
  keysShown: string
  undoHours: string
}

interface View {
  reader: Reader
  typed: TypedSettings
  wrong?: Wrong<keyof TypedSettings>
  isDone?: boolean
}

/** Goes with status 200; with 422 where something is wrong. */
export function adminSettingsPage({ reader, typed, wrong = {}, isDone = false }: View): string {
  const isWrong = Object.keys(wrong).length > 0
  return adminPage({
    reader,
    at: '/admin/settings',
    title: ADMIN.settings,
    said: isWrong ? { tone: 'failed', text: WRONG.summary } : isDone ? { text: SETTINGS.done } : null,
    children: (
      <form class="stack" method="post" action="/admin/settings">
        <div class="pair">
          <Panel id="plan" title={SETTINGS.plan}>
            <div class="form">
              <p class="prose soft">{SETTINGS.planText}</p>
              <PlanFields typed={typed} wrong={wrong} />
            </div>
          </Panel>
          <Panel id="rest" title={SETTINGS.rest}>
            <div class="form">
              <CheckField
                name="keysShown"
                label={SETTINGS.keysShown}
                hint={SETTINGS.keysShownHint}
                checked={typed.keysShown !== ''}
              />
              <TextField
                name="undoHours"
                label={SETTINGS.undo}
                hint={SETTINGS.undoHint}
                value={typed.undoHours}
                mode="numeric"
                required
                most={4}
                wrong={wrong.undoHours && WRONG[wrong.undoHours]}
              />
            </div>
          </Panel>
        </div>
        <div>
          <button class="button first" type="submit">
            {SETTINGS.button}
          </button>
        </div>
      </form>
    ),
  })
}
