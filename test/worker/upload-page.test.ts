/** `/upload`: its forms without a script, and tus with a session, through the Worker's own door. */
import { beforeAll, expect, it } from 'vitest'
import { makeAccount, ORIGIN, request, rowOf, signedIn } from '../support/gateway.ts'
import { metadataOf, VERSION } from '../support/tus.ts'
import { CAPTURE, filePart, form, holdingsOf, largeCapture, NOTHING, put } from '../support/uploads.ts'

let accountId: number
let browser: Awaited<ReturnType<typeof signedIn>>
beforeAll(async () => {
  accountId = (await makeAccount()).accountId
  browser = await signedIn(accountId)
})

function send(parts: Parameters<typeof form>[0], headers: Record<string, string> = browser.acts) {
  const made = form(parts)
  return request('/upload', { ...made, headers: { ...made.headers, ...headers } })
}
const idOf = (answer: Response) => {
  expect(answer.status).toBe(303)
  return new URL(answer.headers.get('location') ?? '').pathname.split('/').at(-1) ?? ''
}

it('takes a form, with its tags, comment and visibility, and leads to the capture', async () => {
  const fields = { additional_tags: 'lab, dns', visibility: 'private', comments: 'by page' }
  const id = idOf(await send([...Object.entries(fields).map(([name, body]) => ({ name, body })), filePart()]))
  expect(await rowOf(id)).toMatchObject({
    accountId,
    filename: 'traffic.pcap',
    size: CAPTURE.length,
    tags: ['lab', 'dns'],
    comments: 'by page',
    visibility: 'private',
  })
  expect((await request(`/captures/${id}`)).status).toBe(404)
  expect((await request(`/captures/${id}`, { headers: browser.looks })).status).toBe(200)
})

it('leaves visibility to the account where the form does not say it', async () => {
  const { accountId } = await makeAccount({ defaultVisibility: 'private' })
  const { acts } = await signedIn(accountId)
  expect((await rowOf(idOf(await send([{ name: 'visibility', body: '' }, filePart()], acts))))?.visibility).toBe(
    'private',
  )
  const open = await send([{ name: 'visibility', body: 'unlisted' }, filePart()], acts)
  expect((await rowOf(idOf(open)))?.visibility).toBe('unlisted')
})

it('keeps nothing of a form that says behind its file who may see it, or what is no visibility', async () => {
  const { accountId } = await makeAccount()
  const { acts } = await signedIn(accountId)
  const late = await send([filePart({ body: largeCapture(1024 ** 2) }), { name: 'visibility', body: 'private' }], acts)
  expect([late.status, await late.text()]).toEqual([400, expect.stringContaining('before the file')])
  expect((await send([{ name: 'visibility', body: 'secret' }, filePart()], acts)).status).toBe(400)
  await expect.poll(() => holdingsOf(accountId)).toEqual(NOTHING)
})

it('keeps nothing of what is no capture, nor for a page of another site', async () => {
  const { accountId } = await makeAccount()
  const { acts, looks } = await signedIn(accountId)
  const image = await send([filePart({ body: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) })], acts)
  expect([image.status, await image.text()]).toEqual([415, expect.stringContaining('a PNG image')])
  const others: Record<string, string>[] = [{}, { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' }]
  for (const headers of others) expect((await send([filePart()], { ...looks, ...headers })).status).toBe(403)
  expect((await send([filePart()], { Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(401)
  expect(await holdingsOf(accountId)).toEqual(NOTHING)
})

it('takes visibility on the other doors, too, but for the one that is private', async () => {
  const account = await makeAccount()
  expect((await rowOf(await put(account, '?visibility=private')))?.visibility).toBe('private')
  const made = form([{ name: 'visibility', body: 'unlisted' }, filePart()])
  const answer = await request('/api/v1/upload/private/', { ...made, headers: { ...made.headers, ...account.bearer } })
  const { uuid } = (await answer.json()) as { uuid: string }
  expect((await rowOf(uuid))?.visibility).toBe('private')
})

it('goes by tus with a session, from a page of this server alone; what the metadata says of visibility holds from the first byte', async () => {
  const headers = {
    ...VERSION,
    'Upload-Length': String(CAPTURE.length),
    'Upload-Metadata': metadataOf({ filename: 'a.pcap', visibility: 'private' }),
  }
  expect((await request('/files', { method: 'POST', headers: { ...headers, ...browser.looks } })).status).toBe(403)
  const begun = await request('/files', { method: 'POST', headers: { ...headers, ...browser.acts } })
  expect(begun.status).toBe(201)
  const { pathname } = new URL(begun.headers.get('location') ?? '')
  const id = pathname.split('/').at(-1) ?? ''
  expect((await rowOf(id))?.visibility).toBe('private')
  const piece = { ...VERSION, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream', ...browser.acts }
  const sent = await request(pathname, { method: 'PATCH', headers: piece, body: CAPTURE })
  expect([sent.status, sent.headers.get('x-capture-id')]).toEqual([204, id])
  expect(await rowOf(id)).toMatchObject({ filename: 'a.pcap', visibility: 'private', size: CAPTURE.length })
  const wrong = { ...headers, 'Upload-Metadata': metadataOf({ visibility: 'everybody' }) }
  expect((await request('/files', { method: 'POST', headers: { ...wrong, ...browser.acts } })).status).toBe(400)
})

it('is for those who are signed in, with its islands and their policy', async () => {
  expect((await request('/upload')).headers.get('location')).toBe('/sign-in?next=%2Fupload')
  const page = await request('/upload', { headers: browser.looks })
  expect(page.headers.get('content-security-policy')).toMatch(
    /script-src 'self' 'sha256-[^;]*; .*worker-src 'self'; trusted-types pcaport/,
  )
  const [landing, strangers] = [await request('/', { headers: browser.looks }), await request('/')]
  expect(await landing.text()).toContain('/islands/drop.js')
  expect(await strangers.text()).not.toContain('/islands/')
})
