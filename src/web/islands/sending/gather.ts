/** The files in what was dropped or chosen, folders walked through. */

/** Files that are taken at once. */
export const MOST_FILES = 1000
const MOST_DEPTH = 16

export interface Gathered {
  files: { file: File; inFolder: boolean }[]
  /** There were more. */
  cut: boolean
}

/** Must be called within the `drop` itself: what was dropped is gone after it. */
export async function droppedIn(transfer: DataTransfer): Promise<Gathered> {
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
    return entry ? [entry] : []
  })
  const gathered: Gathered = { files: [], cut: false }
  for (const entry of entries) await walk(entry, 0, gathered)
  return gathered
}

/** Of an input; `inFolder` where it was one for folders. */
export function chosenIn(list: FileList): Gathered {
  const all = [...list].map((file) => ({ file, inFolder: file.webkitRelativePath !== '' }))
  const shown = all.filter(({ file, inFolder }) => !inFolder || !file.name.startsWith('.'))
  return { files: shown.slice(0, MOST_FILES), cut: shown.length > MOST_FILES }
}

async function walk(entry: FileSystemEntry, depth: number, into: Gathered): Promise<void> {
  if (into.files.length >= MOST_FILES) {
    into.cut = true
    return
  }
  if (entry.isFile) {
    if (depth > 0 && entry.name.startsWith('.')) return
    const file = await new Promise<File | null>((resolve) =>
      (entry as FileSystemFileEntry).file(resolve, () => resolve(null)),
    )
    if (file !== null) into.files.push({ file, inFolder: depth > 0 })
    return
  }
  if (depth === MOST_DEPTH) {
    into.cut = true
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])))
    if (some.length === 0) return
    for (const one of some) await walk(one, depth + 1, into)
  }
}
