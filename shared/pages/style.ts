/**
 * The one style sheet. It stands inline in every page and its SHA-256 in the policy, so a reader
 * fetches nothing else. Every pair of colours has a contrast of 4.5 or more, light and dark.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #14171b);
  --sheet: light-dark(#fff, #1b1f24);
  --text: light-dark(#1c2024, #dde2e8);
  --faint: light-dark(#5b6470, #98a2ae);
  --line: light-dark(#dfe3e8, #2e343b);
  --mark: light-dark(#fdf3cf, #37321d);
  --warn: light-dark(#b3261e, #ff9d92);
  --field: light-dark(#868f9a, #717b87);
  --accent: light-dark(#0b5cad, #7cb8f5);
  --on-accent: light-dark(#fff, #10151b);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body {
  margin: 0;
  min-height: 100vh;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
a { color: var(--accent); text-underline-offset: .2em }
a:hover { text-decoration-thickness: 2px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: .25rem 1.25rem;
  padding: .75rem clamp(.75rem, 3vw, 2rem);
}
.home { font-weight: 700; letter-spacing: -.01em; color: var(--text); text-decoration: none }
h1 { margin: 0; font-size: 1rem; font-weight: 600; line-height: 1.4; overflow-wrap: anywhere }
.facts {
  display: flex;
  flex: 1 1 0;
  flex-wrap: wrap;
  align-items: baseline;
  gap: .1rem 1rem;
  min-width: 0;
}
time { white-space: nowrap }
.facts p { margin: 0; color: var(--faint); font-size: .875rem }
nav { display: flex; flex: none; gap: .5rem; margin-left: auto }
nav a, nav button, .button, button {
  display: inline-block;
  padding: .35rem .8rem;
  border: 1px solid var(--line);
  border-radius: .5rem;
  background: var(--sheet);
  color: var(--accent);
  font: inherit;
  font-size: .875rem;
  font-weight: 500;
  text-decoration: none;
}
nav a:hover, nav button:hover, .button:hover { border-color: var(--accent) }
button {
  padding: .6rem 1.4rem;
  border-color: var(--accent);
  background: var(--accent);
  color: var(--on-accent);
  font-size: 1rem;
  font-weight: 600;
  cursor: pointer;
}
button:hover { filter: brightness(1.1) }
nav button, button.quiet {
  padding: .35rem .8rem;
  border-color: var(--line);
  background: var(--sheet);
  color: var(--accent);
  font-size: .875rem;
  font-weight: 500;
}
nav button:hover, button.quiet:hover { border-color: var(--accent); filter: none }
[aria-pressed=false] { text-decoration: line-through }
[hidden] { display: none !important }
.js-only { display: none }
.js .js-only { display: inline-block }
.banner { padding: .5rem clamp(.75rem, 3vw, 2rem); border-top: 1px solid var(--line) }
.banner p { margin: 0; max-width: 60rem; font-size: .875rem }
main.paste { overflow-x: auto }
.paste > div { background: var(--sheet) }
.paste > div:first-child > ol { padding-top: .75rem }
.paste > div:last-child > ol { padding-bottom: .75rem }
/* On the wrapper: on the list it would reset the counter. */
.paste > div:not(:last-child) {
  content-visibility: auto;
  contain-intrinsic-size: auto none auto 271rem;
}
ol { margin: 0; padding: 0; list-style: none; font: .875rem/1.55 var(--mono) }
li {
  position: relative;
  padding: 0 1rem 0 5.5ch;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  tab-size: 4;
  unicode-bidi: plaintext;
}
li::before {
  content: counter(list-item);
  position: absolute;
  left: 0;
  width: 4.5ch;
  color: var(--faint);
  text-align: right;
  cursor: pointer;
  user-select: none;
}
li.on { background: var(--mark) }
.nowrap li { white-space: pre }
.nowrap .paste > div { min-width: max-content }
main.note {
  display: grid;
  justify-items: start;
  gap: .75rem;
  max-width: 34rem;
  margin: clamp(1.5rem, 12vh, 8rem) auto 2rem;
  padding: 0 1.25rem;
}
.note p, .note form { margin: 0 }
.note h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; text-wrap: balance }
.note p { overflow-wrap: anywhere }
.note form { margin-top: .5rem }
.editor {
  display: grid;
  gap: .75rem 1rem;
  padding: 0 clamp(.75rem, 3vw, 2rem) 2rem;
}
label { color: var(--faint); font-size: .875rem }
.fields { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end }
.fields label { display: grid; gap: .2rem; flex: 1 1 9rem; min-width: 0 }
.fields label.wide { flex-basis: 16rem }
label.check { display: flex; gap: .5rem; align-items: center; color: var(--text) }
.row { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: center }
#size { margin: auto 0 auto auto; color: var(--faint); font-size: .875rem; overflow-wrap: anywhere }
#size.over { color: var(--warn); font-weight: 600 }
textarea, input:not([type=checkbox]), select {
  width: 100%;
  min-width: 0;
  min-height: 2.6rem;
  padding: .5rem .65rem;
  border: 1px solid var(--field);
  border-radius: .5rem;
  background: var(--sheet);
  color: var(--text);
  font: inherit;
}
textarea {
  min-height: 50vh;
  font: .875rem/1.55 var(--mono);
  tab-size: 4;
  resize: vertical;
}
textarea:disabled { opacity: .5 }
.note label { display: grid; gap: .2rem; margin-bottom: .75rem }
.note form { width: 100% }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.25rem; margin: 0; width: 100% }
dt { color: var(--faint) }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere }
.link { font-size: 1.125rem }
summary { color: var(--warn); cursor: pointer }
details form { padding-top: .5rem }
.status { color: var(--faint); font: 600 .875rem/1 var(--mono) }
small { color: var(--faint); font-size: .8125rem }
code { font-family: var(--mono); font-size: .9em; overflow-wrap: anywhere }
.sheet {
  display: grid;
  justify-items: start;
  gap: .75rem;
  padding: clamp(1.25rem, 4vw, 2rem);
  border: solid var(--line);
  border-width: 1px 0;
  background: var(--sheet);
}
.sheet p { margin: 0; overflow-wrap: anywhere }
.sheet div { display: flex; gap: .5rem }
@media (width >= 44rem) {
  .sheet { margin-inline: clamp(.75rem, 3vw, 2rem); border-width: 1px; border-radius: .6rem }
}
@media (width < 44rem) {
  .facts { flex-basis: 100%; order: 1 }
  nav { gap: .35rem }
  nav a, nav button { padding-inline: .5rem }
}
@media print {
  .home, nav, .banner { display: none }
  .paste > div { content-visibility: visible }
}
`
