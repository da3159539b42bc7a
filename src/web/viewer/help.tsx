// SPDX-License-Identifier: GPL-2.0-or-later
/** The keys, as Wireshark has them where a browser leaves them free. */
import { Dialog } from './dialog.tsx'

const KEYS = [
  ['↑ ↓ Page Home End', 'Another packet, in the list'],
  ['F8 or Ctrl .', 'Next packet, from anywhere'],
  ['F7 or Ctrl ,', 'Packet before, from anywhere'],
  ['Ctrl /', 'To the display filter'],
  ['Ctrl G', 'Go to a packet'],
  ['Ctrl F', 'Find a packet'],
  ['F3, Shift F3', 'Find the next, the one before'],
  ['Ctrl M', 'Mark the packet, or take its mark'],
  ['Ctrl Alt C', 'Write a note on the packet, in a capture of your own'],
  ['Ctrl Shift ↓, ↑', 'Next mark, mark before'],
  ['Ctrl Alt Shift T', 'Follow its TCP stream'],
  ['Shift F10', 'Menu of a packet, of a line of its details, of its bytes'],
  ['← → Enter', 'Close and open, in the details'],
  ['Ctrl → Ctrl ←', 'Open all, close all, in the details'],
  ['F6', 'To the next pane'],
  ['?', 'This list'],
] as const

export function Help({ close }: { close(): void }) {
  return (
    <Dialog title="Keys" close={close}>
      <table class="keys">
        <tbody>
          {KEYS.map(([keys, what]) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft">
        Packets are dissected by Wireshark 4.4.5, in this browser: nothing of them goes anywhere. The viewer is free
        software (<a href="/viewer/COPYING.txt">GPL-2.0-or-later</a>);{' '}
        <a href="/viewer/README.txt">where its source is</a>.
      </p>
    </Dialog>
  )
}
