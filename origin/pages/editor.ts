import { html } from 'hono/html'
import { formatDuration, parseDuration } from '../../shared/duration.ts'
import { formatBytes } from '../../shared/http/bytes.ts'
import { type Html, renderLayout } from '../../shared/pages/layout.ts'
import { LANGUAGE_PATTERN, MAX_TITLE_LENGTH } from '../../shared/record.ts'
import type { UploadLimits } from '../options.ts'

export interface EditorPage {
  limits: UploadLimits
  /** True when making a paste takes a token: then there is a field for it. */
  needsToken: boolean
}

const LIVES = new Map([
  ['10m', '10 minutes'],
  ['1h', '1 hour'],
  ['1d', '1 day'],
  ['1w', '1 week'],
  ['30d', '30 days'],
  ['1y', '1 year'],
])

/** What a browser gets for `/`: a form that works without scripts, a multipart POST to `/`. */
export function renderEditorPage({ limits, needsToken }: EditorPage): string {
  const body = html`<header>
<a class="home" href="/">Ledge</a>
<h1>New paste</h1>
</header>
<main>
<form class="editor" method="post" action="/" enctype="multipart/form-data"
  data-max="${limits.maxPasteBytes}">
<input type="hidden" name="form" value="editor">
<textarea name="text" aria-label="Text" autofocus spellcheck="false" autocomplete="off"
  autocapitalize="off" placeholder="Write or paste text here, or drop a file"></textarea>
<div class="row">
<label>or a file, up to ${formatBytes(limits.maxPasteBytes)} <input type="file" name="file"></label>
<button id="clear" class="quiet" type="button" hidden>Remove file</button>
<output id="size" aria-live="off"></output>
</div>
<div class="fields">
<label class="wide">Title <input name="title" maxlength="${MAX_TITLE_LENGTH}"
  autocomplete="off" placeholder="optional, as notes.md"></label>
<label>Language <input name="lang" maxlength="32" pattern="${inputPattern()}" autocomplete="off"
  autocapitalize="off" spellcheck="false" placeholder="optional, as python"
  title="1 to 32 of a-z 0-9 + # . -"></label>
<label>Gone after <select name="ttl">${renderLives(limits)}</select></label>
${needsToken ? renderTokenField() : ''}
</div>
<div class="row">
<label class="check"><input type="checkbox" name="burn" value="1"> Delete when opened once</label>
<button>Make the paste</button>
</div>
</form>
</main>`
  const description = 'Text with a time to live: a short link that is gone when its time is up.'
  return renderLayout({ title: 'New paste', description, rawUrl: null, body, script: 'editor' })
}

/** An input's pattern is held against the whole; in its flavour a hyphen in a set is escaped. */
function inputPattern(): string {
  return LANGUAGE_PATTERN.source.replace(/^\^|\$$/g, '').replace('-]', '\\-]')
}

function renderTokenField(): Html {
  return html`<label>Write token <input type="password" name="token" required
  autocomplete="current-password"></label>`
}

function renderLives({ minTtlMs, defaultTtlMs, maxTtlMs }: UploadLimits): Html[] {
  const lives = [...LIVES].map(([ttl, name]) => ({ ttl, name, ms: parseDuration(ttl) ?? 0 }))
  if (lives.every(({ ms }) => ms !== defaultTtlMs)) {
    const ttl = formatDuration(defaultTtlMs)
    lives.push({ ttl, name: ttl, ms: defaultTtlMs })
  }
  return lives
    .filter(({ ms }) => ms >= minTtlMs && ms <= maxTtlMs)
    .toSorted((one, other) => one.ms - other.ms)
    .map(({ ttl, name, ms }) =>
      ms === defaultTtlMs
        ? html`<option value="${ttl}" selected data-default>${name}</option>`
        : html`<option value="${ttl}">${name}</option>`,
    )
}
