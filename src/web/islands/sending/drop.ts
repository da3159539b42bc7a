/** Files that are dropped anywhere on a page. */
import { UPLOAD } from '../../words/upload.ts'
import { droppedIn, type Gathered } from './gather.ts'

/** Hand on what is dropped, and show meanwhile that it can be. */
export function onDrop(take: (gathered: Gathered) => void): void {
  const veil = document.createElement('div')
  veil.className = 'veil'
  veil.hidden = true
  veil.append(Object.assign(document.createElement('p'), { textContent: UPLOAD.dropAnywhere }))
  ;(document.querySelector('main') ?? document.body).append(veil)
  /** Elements that were entered and not left. */
  let depth = 0
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  const show = (entered: number) => {
    depth = Math.max(0, entered)
    veil.hidden = depth === 0
  }
  addEventListener('dragenter', (event) => {
    if (hasFiles(event)) show(depth + 1)
  })
  addEventListener('dragleave', (event) => {
    if (hasFiles(event)) show(depth - 1)
  })
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault()
  })
  addEventListener('drop', (event) => {
    show(0)
    if (!hasFiles(event) || event.dataTransfer === null) return
    event.preventDefault()
    void droppedIn(event.dataTransfer).then(take)
  })
}
