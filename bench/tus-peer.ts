/** The peer of our resumable uploads: `@tus/server` with its file store, in a process of its own. Its folder is the argument. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

const tus = new Server({ path: '/files', datastore: new FileStore({ directory: process.argv[2] ?? '' }) })
const http = createServer((request, response) => void tus.handle(request, response))
http.listen(0, '127.0.0.1', () => console.log(`ready on http://127.0.0.1:${(http.address() as AddressInfo).port}`))
