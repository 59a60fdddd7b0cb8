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
nav a, .button, button {
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
nav a:hover, .button:hover { border-color: var(--accent) }
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
main.paste { padding-bottom: 2rem }
pre {
  margin: 0;
  padding: 1rem clamp(.75rem, 2vw, 1.25rem);
  overflow-x: auto;
  border: solid var(--line);
  border-width: 1px 0;
  background: var(--sheet);
  font: .875rem/1.55 var(--mono);
  tab-size: 4;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  unicode-bidi: plaintext;
}
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
  main.paste { padding-inline: clamp(.75rem, 3vw, 2rem) }
  pre, .sheet { border-width: 1px; border-radius: .6rem }
}
@media (width < 44rem) {
  .facts { flex-basis: 100%; order: 1 }
}
@media print {
  .home, nav { display: none }
  pre { border: 0; padding: 0 }
}
`
