function say(button, text) {
  button.dataset.label ??= button.textContent
  button.textContent = text
  setTimeout(() => (button.textContent = button.dataset.label), 2000)
}

// Without HTTPS there is no clipboard API, but a copy event can be filled.
async function copyText(loading) {
  if (navigator.clipboard && window.ClipboardItem) {
    // Handed over as a promise: after waiting, Safari would no longer see the click. And as a
    // string: of a Blob browsers drop the BOM.
    return navigator.clipboard.write([new ClipboardItem({ 'text/plain': loading })])
  }
  const text = await loading
  const fill = (event) => {
    event.clipboardData.setData('text/plain', text)
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  document.addEventListener('copy', fill, true)
  const done = document.execCommand('copy')
  document.removeEventListener('copy', fill, true)
  if (!done) throw new Error('the browser refused')
}

// oxlint-disable-next-line no-unused-vars -- the page’s own script follows this one
function onCopy(button, load) {
  button?.addEventListener('click', () =>
    copyText(load()).then(
      () => say(button, 'Copied'),
      () => say(button, 'Not copied'),
    ),
  )
}
