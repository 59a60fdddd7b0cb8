const main = document.querySelector('main')
const root = document.documentElement
const copy = document.getElementById('copy')
const wrap = document.getElementById('wrap')
const LINES = 200

// The bytes as they are: a BOM stays. A paste that is gone by now is all on the page.
onCopy(copy, async () => {
  if (!copy.dataset.raw)
    return [...main.querySelectorAll('li')].map((li) => li.textContent).join('')
  const response = await fetch(copy.dataset.raw)
  if (!response.ok) throw new Error(response.statusText)
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer())
})

// What is selected by hand: lines carry their own ends, and nothing is added between them.
document.addEventListener('copy', (event) => {
  const selection = getSelection()
  if (selection.rangeCount !== 1) return
  const range = selection.getRangeAt(0)
  if (range.collapsed || !main.contains(range.commonAncestorContainer)) return
  event.clipboardData.setData('text/plain', range.toString())
  event.preventDefault()
})

function showWrap() {
  wrap?.setAttribute('aria-pressed', String(!root.classList.contains('nowrap')))
}
wrap?.addEventListener('click', () => {
  const off = root.classList.toggle('nowrap')
  try {
    localStorage.setItem('wrap', off ? 'off' : 'on')
  } catch {}
  showWrap()
})
showWrap()

function lineAt(number) {
  const block = main.querySelectorAll('ol')[Math.floor((number - 1) / LINES)]
  return block?.children[(number - 1) % LINES]
}

function numberOf(li) {
  return li.parentNode.start + [...li.parentNode.children].indexOf(li)
}

// #L7 or #L7-L12
function marked() {
  const match = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash)
  if (!match) return null
  const ends = [Number(match[1]), Number(match[2] ?? match[1])]
  return { first: Math.min(...ends), last: Math.max(...ends) }
}

function mark() {
  for (const li of main.querySelectorAll('.on')) li.classList.remove('on')
  const range = marked()
  if (!range) return null
  for (let number = range.first; number <= range.last; number++) {
    const li = lineAt(number)
    if (!li) break
    li.classList.add('on')
  }
  return lineAt(range.first)
}

function go() {
  mark()?.scrollIntoView({ block: 'center' })
}
addEventListener('hashchange', go)
go()

// A tap on a number links to its line; with shift, to all from the one before.
main.addEventListener('click', (event) => {
  const li = event.target
  if (li.tagName !== 'LI') return
  const gutter = Number.parseFloat(getComputedStyle(li).paddingLeft)
  if (event.clientX - li.getBoundingClientRect().left > gutter) return
  const number = numberOf(li)
  const from = event.shiftKey ? (marked()?.first ?? number) : number
  history.replaceState(null, '', from === number ? `#L${number}` : `#L${from}-L${number}`)
  if (event.shiftKey) getSelection().removeAllRanges()
  mark()
})
