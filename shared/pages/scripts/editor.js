const form = document.querySelector('form')
const { text, file, title, lang, ttl, burn } = form.elements
const size = document.getElementById('size')
const clear = document.getElementById('clear')
const maxBytes = Number(form.dataset.max)
const DRAFT = 'draft'

function format(bytes) {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  const kib = bytes / 1024
  return kib < 1023.95 ? `${+kib.toFixed(1)} KiB` : `${+(kib / 1024).toFixed(1)} MiB`
}

function measure() {
  const chosen = file.files[0]
  const bytes = chosen ? chosen.size : new Blob([text.value]).size
  const over = bytes > maxBytes
  size.textContent = `${chosen ? `${chosen.name}: ` : ''}${format(bytes)} of ${format(maxBytes)}`
  size.classList.toggle('over', over)
  clear.hidden = !chosen
  text.disabled = Boolean(chosen)
  const target = chosen ? file : text
  file.setCustomValidity('')
  text.setCustomValidity('')
  if (over) target.setCustomValidity(`Too large: the limit is ${format(maxBytes)}.`)
  else if (bytes === 0) target.setCustomValidity('Nothing to paste yet.')
}

function save() {
  const draft = { text: text.value, title: title.value, lang: lang.value, ttl: ttl.value }
  try {
    sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, burn: burn.checked }))
  } catch {
    // Too large to be kept: an older draft would be worse than none.
    sessionStorage.removeItem(DRAFT)
  }
}

function restore() {
  try {
    sessionStorage.removeItem('sent')
    const draft = JSON.parse(sessionStorage.getItem(DRAFT))
    if (!draft || text.value) return
    for (const name of ['text', 'title', 'lang', 'ttl']) form.elements[name].value = draft[name]
    if (ttl.selectedIndex < 0) form.querySelector('[data-default]').selected = true
    burn.checked = draft.burn
  } catch {}
}

let saving = 0
form.addEventListener('input', () => {
  measure()
  clearTimeout(saving)
  saving = setTimeout(save, 300)
})

// The page behind it takes the draft away: only that is success.
form.addEventListener('submit', () => {
  clearTimeout(saving)
  save()
  try {
    sessionStorage.setItem('sent', '1')
  } catch {}
})

clear.addEventListener('click', () => {
  file.value = ''
  measure()
  text.focus()
})

function take(event, files) {
  if (!files?.length) return
  event.preventDefault()
  file.files = files
  measure()
}
addEventListener('dragover', (event) => {
  if (event.dataTransfer.types.includes('Files')) event.preventDefault()
})
addEventListener('drop', (event) => take(event, event.dataTransfer.files))
addEventListener('paste', (event) => {
  // Copied cells come as text and as a picture of it: the text is meant.
  const data = event.clipboardData
  if (!data.types.includes('text/plain')) take(event, data.files)
})

addEventListener('keydown', (event) => {
  const submits = event.code === 'Enter' || event.code === 'NumpadEnter' || event.code === 'KeyS'
  if (!submits || event.isComposing || event.altKey || event.shiftKey) return
  if (!event.ctrlKey && !event.metaKey) return
  event.preventDefault()
  form.requestSubmit()
})

addEventListener('pageshow', measure)
restore()
measure()
