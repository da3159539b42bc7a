/** The line of a shell that makes a span of a capture a capture of its own. */

/**
 * @param origin scheme and host of the gateway
 * @param from decimal seconds since 1970, as `to`
 */
export const keepLine = (origin: string, id: string, from: string, to: string): string =>
  `curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '${JSON.stringify({ selection: { times: { from, to } } })}' ${origin}/api/v2/captures/${id}/slices`
