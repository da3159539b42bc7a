/** Captures that failed or wait, and trying them again. */
import { Hono } from 'hono'
import type { Place } from '../../store/captures.ts'
import type { Trouble } from '../../store/repairs.ts'
import { adminParsesPage } from '../../web/pages/admin-parses.tsx'
import { PAGE_HEADERS } from '../../web/pages/headers.ts'
import type { Gateway } from '../gateway.ts'
import { fieldsIn } from '../given.ts'
import { CAPTURE_ID } from '../links.ts'
import { readingPerson } from '../session.ts'

/** Rows of a page. */
const SHOWN = 50

export const parseRoutes = new Hono<Gateway>({ strict: false })
  .get('/admin/parses', async (c) => {
    const { accounts, repairs } = c.var.store
    const behind = placeIn(c.req.query('after'))
    const [found, waits] = await Promise.all([repairs.failed(behind, SHOWN + 1), repairs.waiting(SHOWN + 1)])
    const [failed, waiting] = [found.slice(0, SHOWN), waits.slice(0, SHOWN)]
    const names = await accounts.names([...failed, ...waiting].map(({ accountId }) => accountId))
    const named = (trouble: Trouble) => ({ ...trouble, account: names.get(trouble.accountId) ?? null })
    const last = failed.at(-1)
    const tried = c.req.query('tried')
    const view = {
      reader: readingPerson(c),
      failed: failed.map(named),
      pages: {
        first: behind === null ? null : '/admin/parses',
        next: found.length > SHOWN && last ? `/admin/parses?after=${last.createdAt}.${last.id}` : null,
      },
      waiting: waiting.map(named),
      hasMore: waits.length > SHOWN,
      now: Date.now(),
      tried: tried !== undefined && /^\d{1,3}$/.test(tried) ? Number(tried) : null,
    }
    return c.body(adminParsesPage(view), 200, PAGE_HEADERS)
  })
  .post('/admin/parses/retry', async (c) => {
    const { principal, store } = c.var
    const form = await fieldsIn(c)
    const asked = form.has('one') ? form.getAll('one') : form.getAll(form.has('all') ? 'shown' : 'id')
    const ids = asked.filter((id) => CAPTURE_ID.test(id)).slice(0, SHOWN)
    const retried = ids.length === 0 ? [] : await store.repairs.retry(ids, principal, Date.now())
    await Promise.all(retried.map((capture) => store.jobs.offer(capture)))
    return c.body(null, 303, { Location: `/admin/parses?tried=${retried.length}` })
  })

function placeIn(text = ''): Place | null {
  const [, createdAt, id = ''] = /^(\d{1,15})\.(.{36})$/.exec(text) ?? []
  return CAPTURE_ID.test(id) ? { createdAt: Number(createdAt), id } : null
}
