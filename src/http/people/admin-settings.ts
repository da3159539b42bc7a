/** What an admin sets for the whole server. */
import { Hono } from 'hono'
import { LONGEST_UNDO, type ServerSettings } from '../../store/settings.ts'
import { typedOf, type Wrong } from '../../web/pages/admin-plan.tsx'
import { adminSettingsPage, type TypedSettings } from '../../web/pages/admin-settings.tsx'
import { PAGE_HEADERS } from '../../web/pages/headers.ts'
import type { Gateway } from '../gateway.ts'
import { fieldsIn } from '../given.ts'
import { readingPerson } from '../session.ts'
import { wholeIn } from './typed-number.ts'
import { planFrom, typedPlan } from './typed-plan.ts'

const HOUR = 3_600_000

export const settingsRoutes = new Hono<Gateway>({ strict: false })
  .get('/admin/settings', async (c) => {
    const typed = shownFrom(await c.var.store.serverSettings.read())
    const isDone = c.req.query('done') === 'saved'
    return c.body(adminSettingsPage({ reader: readingPerson(c), typed, isDone }), 200, PAGE_HEADERS)
  })
  .post('/admin/settings', async (c) => {
    const form = await fieldsIn(c)
    const undoHours = form.get('undoHours')?.trim().slice(0, 20) ?? ''
    const typed = { ...typedPlan(form), keysShown: form.get('keysShown') ?? '', undoHours }
    const read = planFrom(typed)
    const hours = wholeIn(undoHours, LONGEST_UNDO / HOUR)
    if ('wrong' in read || hours === null) {
      const wrong: Wrong<keyof TypedSettings> = {
        ...('wrong' in read ? read.wrong : {}),
        ...(hours === null ? { undoHours: 'hours' } : {}),
      }
      return c.body(adminSettingsPage({ reader: readingPerson(c), typed, wrong }), 422, PAGE_HEADERS)
    }
    const changes = { plan: read.plan, keysShown: typed.keysShown !== '', undoGrace: hours * HOUR }
    await c.var.store.serverSettings.change(changes, c.var.principal, Date.now())
    return c.body(null, 303, { Location: '/admin/settings?done=saved' })
  })

const shownFrom = ({ plan, keysShown, undoGrace }: ServerSettings): TypedSettings => ({
  ...typedOf(plan),
  keysShown: keysShown ? '1' : '',
  undoHours: String(Math.round(undoGrace / HOUR)),
})
