/** Comfort on the page of one's own capture: its forms open over the page, and what was said once is not said again. */

const path = location.pathname
/** The address without what a form or its answer has left in it. */
const settle = () => history.replaceState(null, '', path)

for (const dialog of document.querySelectorAll('dialog')) {
  if (dialog.open) {
    dialog.close()
    dialog.showModal()
  }
  dialog.addEventListener('close', settle)
  for (const link of dialog.querySelectorAll('a[data-closes]'))
    link.addEventListener('click', (event) => {
      event.preventDefault()
      dialog.close()
    })
  const form = dialog.querySelector('form')
  // Twice pressed is once sent. Not before the browser has taken the form's values.
  form?.addEventListener('submit', () => setTimeout(() => dialog.querySelector('button')?.setAttribute('disabled', '')))
}

for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-opens]'))
  link.addEventListener('click', (event) => {
    const dialog = document.querySelector<HTMLDialogElement>(`dialog#${link.dataset.opens}`)
    if (dialog === null || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    dialog.showModal()
  })

// A page that the browser kept shows forms that can be sent again.
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('dialog button[disabled]')) button.removeAttribute('disabled')
})

if (location.search !== '' && document.querySelector('dialog[open]') === null) settle()
