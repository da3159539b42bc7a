/** What the page of a capture's packets says around the viewer, and what leads to it. */
export const PACKETS = {
  see: 'See the packets',
  title: (filename: string) => `Packets of ${filename}`,
  navigation: 'Capture',
  facts: 'Facts',
  packets: 'Packets',
  noScript:
    'Packets are dissected in the browser, which takes JavaScript. The capture can be opened in Wireshark instead:',
  download: 'download it',
} as const
