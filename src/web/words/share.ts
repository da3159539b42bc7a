/** What the pages of shared captures say. */
export const SHARE = {
  by: (what: string) => `${what} by this link`,
  until: 'until',
  link: 'Link',
  theLink: 'the link',
  downloadKeylog: 'Download TLS key log',
} as const

/** The page before something that is shared. */
export const GATE = {
  title: 'A shared capture',
  heading: 'A packet capture was shared with you',
  wrong: 'That is not the password of this link',
  wrongText: 'Capitals count. Whoever sent you the link knows the password.',
  tooMany: 'Too many passwords were tried with this link',
  tooManyText: 'Open the link again in five minutes. Whoever has opened it is not kept out.',
  password: 'Password of this link',
  once: 'The link can be opened once more, and that is counted when you press the button.',
  moreTime: 'more time',
  times: (more: string) => `The link can be opened ${more}; it is counted when you press the button.`,
  open: 'Open the capture',
  anHour: 'Once it is open, it can be looked at again and downloaded for an hour in this browser.',
} as const

/** The page of a part of a capture that is shared. */
export const PART = {
  shared: 'A part of a capture, shared',
  download: 'Download this part',
  title: 'What is shared',
  packets: 'Packets',
  fromTo: (from: string, to: string) => `${from} to ${to}`,
  counts: 'as the whole capture counts them',
  from: 'From',
  before: 'Before',
  format: 'Format',
  made: 'Made',
  madeHow: 'when it is downloaded; each packet keeps its number in the whole capture as its packet id',
} as const
