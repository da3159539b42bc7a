/** How pages refuse. */
import type { ErrorHandler } from 'hono'
import { GatewayError } from '../errors.ts'
import { errorPage } from '../web/pages/error.tsx'
import { PAGE_HEADERS } from '../web/pages/headers.ts'
import { notFoundPage } from '../web/pages/not-found.tsx'
import { headersOf, statusOf } from './dialect.ts'
import type { Gateway } from './gateway.ts'
import { originOf } from './links.ts'
import { readerOf } from './session.ts'

/** A refusal as a page. What did not come from the table of faults is told to the log alone. */
export const pageFaults: ErrorHandler<Gateway> = async (error, c) => {
  const fault = error instanceof GatewayError ? error : new GatewayError('internal')
  if (fault !== error) console.error(error.stack ?? error.message)
  const reader = await readerOf(c).catch(() => null)
  const page =
    statusOf(fault.kind) === 404
      ? notFoundPage({ origin: originOf(c), reader })
      : errorPage(fault.kind, fault.message, reader)
  return c.body(page, statusOf(fault.kind), { ...PAGE_HEADERS, ...headersOf(fault.kind) })
}
