/** Asks this server for a page, and gets it as a document in which nothing runs. */

export interface Answer {
  status: number
  /** Where it was led to. */
  url: URL
  page: Document
}

/** XMLHttpRequest makes a document of HTML by itself: no text is ever handed to a parser. @throws Error where no answer came */
export function pageAt(address: string, form: URLSearchParams | null = null, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(form === null ? 'GET' : 'POST', address)
    request.responseType = 'document'
    request.timeout = 60_000
    request.onload = () => {
      const page = request.response as Document | null
      if (page === null) reject(new Error(`no page came: ${request.status}`))
      else resolve({ status: request.status, url: new URL(request.responseURL), page })
    }
    request.onerror = request.ontimeout = request.onabort = () => reject(new Error('no answer came'))
    signal?.addEventListener('abort', () => request.abort())
    request.send(form)
  })
}

/** What an error page says. */
export const wordsOf = (page: Document): string =>
  page.querySelector('main .prose')?.textContent?.trim() || page.querySelector('h1')?.textContent || ''
