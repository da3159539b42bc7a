/** Uploads what is dropped on a page of somebody who is signed in, and lists that in its tray. */
import { onDrop } from './sending/drop.ts'
import type { Queue } from './sending/queue.ts'

const place = document.querySelector<HTMLElement>('#uploads')
let queue: Promise<Queue> | null = null

if (place !== null)
  onDrop(async (gathered) => {
    if (gathered.files.length === 0) return
    queue ??= import('./sending/list.tsx').then(({ showUploads }) => showUploads(place))
    ;(await queue).add(gathered, { additional_tags: '', comments: '', visibility: '' })
  })
