// It was made: the editor may forget it.
try {
  if (sessionStorage.getItem('sent')) {
    sessionStorage.removeItem('sent')
    sessionStorage.removeItem('draft')
  }
} catch {}

for (const button of document.querySelectorAll('[data-copy]')) {
  onCopy(button, async () => button.dataset.copy)
}
