/** What the page that shows the API's description says of itself. */
export const API_DOCS = {
  title: 'API · pcaport',
  home: 'pcaport',
  file: 'openapi.json',
  needsScript: 'This page needs JavaScript. What it shows is',
} as const
