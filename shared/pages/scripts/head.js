// Before the first paint, so that nothing moves: buttons that need scripts, and the reader's wrap.
document.documentElement.classList.add('js')
try {
  if (localStorage.getItem('wrap') === 'off') document.documentElement.classList.add('nowrap')
} catch {}
