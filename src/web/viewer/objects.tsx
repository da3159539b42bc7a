// SPDX-License-Identifier: GPL-2.0-or-later
/** What was transferred in the capture, to be taken out of it: with a warning, for it is whatever somebody sent. */
import { useEffect, useState } from 'preact/hooks'
import { ChosenGrid, type GridColumn } from './chosen-grid.tsx'
import { Dialog } from './dialog.tsx'
import type { TransferredObject } from './engine.ts'
import { save } from './saving.ts'
import type { Session } from './session.ts'

const KINDS = { http: 'HTTP', smb: 'SMB', tftp: 'TFTP', imf: 'IMF (mail)', dicom: 'DICOM', 'ftp-data': 'FTP' }
const COLUMNS: GridColumn[] = [
  { title: 'Host', width: 200, isText: true },
  { title: 'Type', width: 180, isText: true },
  { title: 'Name', width: 300, isText: true },
  { title: 'Bytes', width: 90 },
]

interface Props {
  session: Session
  close(): void
  goTo(number: number): void
}

export function Objects({ session, close, goTo }: Props) {
  const [kind, setKind] = useState('http')
  const [found, setFound] = useState<TransferredObject[] | null>(null)
  const [chosen, setChosen] = useState(-1)
  useEffect(() => {
    let isOld = false
    setFound(null)
    setChosen(-1)
    void session
      .attempt(`the objects of ${KINDS[kind as keyof typeof KINDS]}`, (engine) => engine.objects(kind))
      .then((objects) => {
        if (!isOld) setFound(objects ?? [])
      })
    return () => {
      isOld = true
    }
  }, [kind])

  const one = found?.[chosen]
  const take = async ({ token, filename }: TransferredObject) => {
    const object = await session.attempt(`the object ${filename}`, (engine) => engine.object(token))
    if (object !== null) save(object.filename || filename || 'object', [object.bytes])
  }
  return (
    <Dialog title={session.isPart ? 'Export objects of this window' : 'Export objects'} close={close} isWide>
      <p class="caution">
        These are files as strangers sent them. They may be harmful: what is saved here was scanned by nobody. Do not
        open one that you would not open from a mail.
      </p>
      <div class="tools">
        <label>
          Transferred by{' '}
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            {Object.entries(KINDS).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <span class="soft" role="status">
          {found === null ? 'Looking…' : `${found.length.toLocaleString('en')} object${found.length === 1 ? '' : 's'}`}
        </span>
        <span class="fill" />
        <button
          type="button"
          class="quiet"
          disabled={!one}
          onClick={() => {
            if (!one) return
            close()
            goTo(one.packet)
          }}
        >
          Go to its packet
        </button>
        <button type="button" class="quiet" disabled={!one} onClick={() => one && void take(one)}>
          Save this file
        </button>
      </div>
      {found !== null && found.length === 0 ? (
        <p class="waiting">There are none by {KINDS[kind as keyof typeof KINDS]} in what is open here.</p>
      ) : (
        <ChosenGrid
          label="Objects"
          columns={[
            { title: session.isPart ? 'Packet in this window' : 'Packet', width: session.isPart ? 170 : 90 },
            ...COLUMNS,
          ]}
          count={found?.length ?? 0}
          cells={(index) => {
            const object = found?.[index]
            if (!object) return null
            return [object.packet, object.host, object.type, object.filename, object.length.toLocaleString('en')]
          }}
          chosen={one ? chosen : -1}
          choose={setChosen}
          use={(index) => {
            const object = found?.[index]
            if (object) void take(object)
          }}
        />
      )}
    </Dialog>
  )
}
