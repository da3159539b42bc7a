/** What the frame of every page says. */
export const FRAME = {
  name: 'pcaport',
  titled: (title: string) => `${title} · pcaport`,
  skip: 'Skip to the content',
  navigation: 'Pages',
  howToUpload: 'Upload a capture',
  signIn: 'Sign in',
  mine: 'My captures',
  upload: 'Upload',
  admin: 'Admin',
  account: (name: string) => name,
  signOut: 'Sign out',
  foot: 'What was uploaded is kept byte for byte.',
} as const
