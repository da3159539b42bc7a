/** The first page of admins: the server in figures, and what it costs about. */
import type { Child } from 'hono/jsx'
import type { Overview } from '../../store/overview.ts'
import { bytes, grouped } from '../ui/numbers.ts'
import type { Reader } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { Amount } from '../ui/quantity.tsx'
import { ADMIN, OVERVIEW } from '../words/admin.ts'
import { adminPage } from './admin-frame.tsx'
import { dollars, estimateOf, INTAKE, PRICES } from './admin-prices.ts'

/** Goes with status 200. */
export function adminOverviewPage({ reader, overview }: { reader: Reader; overview: Overview }): string {
  const { failed, suspended, waiting, quarantined } = overview
  return adminPage({
    reader,
    at: '/admin',
    title: ADMIN.overview,
    children: (
      <>
        <dl class="figures">
          <Figure name={OVERVIEW.accounts} beside={suspended > 0 && OVERVIEW.suspended(suspended)}>
            <a href="/admin/accounts">{grouped(overview.accounts)}</a>
          </Figure>
          <Figure name={OVERVIEW.captures}>{grouped(overview.captures)}</Figure>
          <Figure name={OVERVIEW.stored}>
            <Amount of={bytes(overview.bytes)} />
          </Figure>
          <Figure name={OVERVIEW.failed}>
            <a href="/admin/parses">{grouped(failed)}</a>
          </Figure>
          <Figure name={OVERVIEW.waiting}>
            <a href="/admin/parses">{grouped(waiting)}</a>
          </Figure>
          <Figure name={OVERVIEW.quarantined}>
            <a href="/admin/quarantine">{grouped(quarantined.objects)}</a>
          </Figure>
        </dl>
        <Cost overview={overview} />
      </>
    ),
  })
}

function Figure({ name, beside, children }: { name: string; beside?: string | false; children: Child }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {beside && <div class="beside">{beside}</div>}
      </dd>
    </div>
  )
}

function Cost({ overview }: { overview: Overview }) {
  const estimate = estimateOf(overview)
  const perGb = ({ gbMonth, freeGb }: { gbMonth: number; freeGb: number }) =>
    OVERVIEW.perGb(`$${gbMonth}`, `${freeGb} GB`)
  const r2 = [
    [OVERVIEW.uploaded, estimate.uploaded],
    [OVERVIEW.copies, estimate.copies],
    [OVERVIEW.derived, estimate.derived],
    [OVERVIEW.aside, estimate.aside],
  ] as const
  const d1 = [
    [OVERVIEW.main, estimate.main],
    [OVERVIEW.search, estimate.search],
  ] as const
  return (
    <Panel id="cost" title={OVERVIEW.cost}>
      <div class="inner">
        <p class="prose">{OVERVIEW.about(PRICES.date)}</p>
      </div>
      <div class="scroll whole" tabindex={0}>
        <table class="rows sums" aria-labelledby="cost">
          <thead>
            <tr>
              <th scope="col">{OVERVIEW.what}</th>
              <th scope="col" class="number">
                {OVERVIEW.amount}
              </th>
              <th scope="col">{OVERVIEW.price}</th>
              <th scope="col" class="number">
                {OVERVIEW.month}
              </th>
            </tr>
          </thead>
          <Group rows={r2} price={perGb(PRICES.r2)} month={estimate.r2} />
          <Group rows={d1} price={perGb(PRICES.d1)} month={estimate.d1} />
          <tbody>
            <tr class="total">
              <th scope="row" colspan={3}>
                {OVERVIEW.total}
              </th>
              <td class="number">{dollars(estimate.r2 + estimate.d1)}</td>
            </tr>
            <tr>
              <th scope="row" class="free">
                {OVERVIEW.thousand}
              </th>
              <td colspan={2} class="free">
                {OVERVIEW.thousandText(grouped(INTAKE.rows * 1000), grouped(INTAKE.writes * 1000))}
              </td>
              <td class="number">{dollars(estimate.thousand)}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <p class="more">
        {OVERVIEW.prices} <a href={PRICES.r2.url}>{OVERVIEW.r2}</a>, <a href={PRICES.d1.url}>{OVERVIEW.d1}</a>
      </p>
    </Panel>
  )
}

/** What is charged together. */
function Group({
  rows,
  price,
  month,
}: {
  rows: readonly (readonly [string, number | null])[]
  price: string
  month: number
}) {
  return (
    <tbody>
      {rows.map(([what, amount], at) => (
        <tr>
          <th scope="row">{what}</th>
          <td class="number">{amount === null ? OVERVIEW.unknown : <Amount of={bytes(amount)} />}</td>
          {at === 0 && (
            <>
              <td rowspan={rows.length}>{price}</td>
              <td rowspan={rows.length} class="number">
                {dollars(month)}
              </td>
            </>
          )}
        </tr>
      ))}
    </tbody>
  )
}
