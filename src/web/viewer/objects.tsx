// SPDX-License-Identifier: GPL-2.0-or-later
/** What was transferred in the capture, to be taken out of it: with a warning, for it is whatever somebody sent. */
import { useEffect, useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import type { TransferredObject } from './engine.ts'
import { Grid } from './grid.tsx'
import { save } from './saving.ts'
import type { Session } from './session.ts'

const KINDS = { http: 'HTTP', smb: 'SMB', tftp: 'TFTP', imf: 'IMF (mail)', dicom: 'DICOM', 'ftp-data': 'FTP' }
const WIDTHS = [90, 200, 180, 300, 90]
const TITLES = ['Packet', 'Host', 'Type', 'Name', 'Bytes']

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
  const template = WIDTHS.map((width) => `minmax(${width}px, ${width}fr)`).join(' ')
  const keys = (event: KeyboardEvent) => {
    const count = found?.length ?? 0
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: count - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    setChosen(Math.max(0, Math.min(count - 1, to)))
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
        <Grid
          count={found?.length ?? 0}
          rowHeight={24}
          headHeight={30}
          width={`${WIDTHS.reduce((sum, width) => sum + width, 0)}px`}
          head={
            <div
              class="row head"
              role="row"
              aria-rowindex={1}
              style={{ gridTemplateColumns: template, height: '30px' }}
            >
              {TITLES.map((title, i) => (
                <div key={title} role="columnheader" class={i === 0 || i === 4 ? 'number' : ''}>
                  {title}
                </div>
              ))}
            </div>
          }
          row={(index) => {
            const object = found?.[index]
            if (!object) return null
            const values = [
              object.packet,
              object.host,
              object.type,
              object.filename,
              object.length.toLocaleString('en'),
            ]
            return (
              <div
                role="row"
                id={index === chosen ? 'chosen-object' : undefined}
                class={index === chosen ? 'row selected' : 'row'}
                aria-rowindex={index + 2}
                aria-selected={index === chosen}
                style={{ gridTemplateColumns: template }}
                onClick={() => setChosen(index)}
                onDblClick={() => void take(object)}
              >
                {values.map((value, i) => (
                  <div key={TITLES[i]} role="gridcell" class={i === 0 || i === 4 ? 'number' : ''}>
                    {value}
                  </div>
                ))}
              </div>
            )
          }}
          attributes={{
            role: 'grid',
            'aria-label': 'Objects',
            'aria-rowcount': (found?.length ?? 0) + 1,
            'aria-activedescendant': one ? 'chosen-object' : undefined,
            tabIndex: 0,
            onKeyDown: keys,
          }}
        />
      )}
    </Dialog>
  )
}
