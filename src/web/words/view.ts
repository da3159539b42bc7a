/** What the page says that asks whether a URL is to be fetched. */
export const VIEW = {
  title: 'Fetch a capture',
  heading: 'Fetch this capture?',
  from: 'A new capture is made in your account from what lies at',
  each: ', each time anew.',
  button: 'Fetch it',
} as const
