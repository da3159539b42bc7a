/** One conversation of a capture as a capture of its own, to look at: it is had once, and goes by itself. docs/adr/0014. */
import { GatewayError } from '../errors.ts'
import { orderOnce } from '../ingest/make-order.ts'
import { cleanFilename } from '../ingest/options.ts'
import type { Capture } from '../store/captures.ts'
import { endText, ipv4Text, ipv4Word, ipv6Text, ipv6Words, macText, macWords } from '../summary/addresses.ts'
import { hasPorts, TABLES, type TableName } from '../summary/tables.ts'
import { CONVERSATION_KEPT } from '../web/pages/traffic/traffic.ts'
import type { GatewayContext } from './gateway.ts'
import { checked } from './v2/selection.ts'
import { isConversation } from './viewer.ts'

const DAY = 86_400_000

/**
 * Ask for the slice of a conversation; where it was asked for before and is still there, that is it.
 * @param source one of the caller's own
 * @param text `tcp 192.0.2.1 50000 198.51.100.7 80`, `ipv4 192.0.2.1 198.51.100.7`: the ends in either order
 * @returns the id of the capture that it is, or will be
 * @throws GatewayError `bad-option`, those of {@link orderOnce}
 */
export function orderConversation(c: GatewayContext, source: Capture, text: string): Promise<string> {
  if (source.state !== 'ok' || isConversation(source))
    throw new GatewayError(
      'bad-option',
      'Conversations are cut out of captures that have been read, and out of no conversation.',
    )
  const { table, ends } = namedIn(text)
  const [{ address: a, port: aPort }, { address: b, port: bPort }] = ends
  const conversation = { table, a, b, ...(aPort === null || bPort === null ? {} : { aPort, bPort }) }
  checked({ conversation })
  const [one, other] = ends.map(({ address, port }) => endText(address, port))
  const order = {
    principal: c.var.principal,
    making: { kind: 'slice' as const, of: [source.id] as [string], selection: { conversation } },
    options: { filename: cleanFilename(`${table} ${one} and ${other} of ${source.filename}`), tags: [], comments: '' },
    idempotencyKey: `\t${source.id} ${table} ${one} ${other}`, // no client can send one with a tab
    deleteAt: Date.now() + CONVERSATION_KEPT * DAY,
  }
  return orderOnce(c.var.store, order, Date.now)
}

interface End {
  address: string
  port: number | null
}

/** What the text names, the lesser end first. @throws GatewayError `bad-option` where it names none */
function namedIn(text: string): { table: TableName; ends: [End, End] } {
  const [name, ...rest] = text.split(' ')
  const table = TABLES.find((one) => one === name)
  const withPorts = table !== undefined && hasPorts(table)
  const [a, aPort, b, bPort] = withPorts ? rest : [rest[0], null, rest[1], null]
  if (table === undefined || a === undefined || b === undefined || rest.length !== (withPorts ? 4 : 2))
    throw new GatewayError('bad-option', 'A conversation is named by its table and two ends.')
  const first = { address: formOf(table, a), port: portIn(aPort) }
  const second = { address: formOf(table, b), port: portIn(bPort) }
  const isTurned =
    first.address === second.address ? Number(first.port) > Number(second.port) : first.address > second.address
  return { table, ends: isTurned ? [second, first] : [first, second] }
}

/** @throws GatewayError `bad-option` for what is no number */
function portIn(text: string | null | undefined): number | null {
  if (text == null) return null
  if (!/^\d{1,5}$/.test(text)) throw new GatewayError('bad-option', 'A port is a number from 0 to 65535.')
  return Number(text)
}

/** An address in the one form in which tables have it; as it is where it is none. */
function formOf(table: TableName, text: string): string {
  const mac = table === 'ethernet' ? macWords(text) : null
  if (mac !== null) return macText(...mac)
  const [v4, v6] = [ipv4Word(text), ipv6Words(text)]
  return v4 !== null ? ipv4Text(v4) : v6 !== null ? ipv6Text(v6) : text
}
