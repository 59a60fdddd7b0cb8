import type { Face } from './negotiate.ts'

/** One client as it introduces itself; null is a header that it does not send. */
export interface FaceCase {
  client: string
  accept: string | null
  userAgent: string | null
  face: Face
}

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36'
const CHROME_ACCEPT =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'
const FIREFOX_ACCEPT = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'
const JAVA_ACCEPT = 'text/html, image/gif, image/jpeg, */*; q=0.2'
const LEGACY_JAVA_ACCEPT = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'
const SKYPE = 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5'
const SLACK = 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'
const LINKEDIN =
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)'
const IMESSAGE =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0'
const FACEBOOK = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'
const DISCORD = 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)'
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const MASTODON = 'http.rb/5.2.0 (Mastodon/4.3.1; +https://mastodon.social/) Bot'
const WINDOWS_POWERSHELL =
  'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4648'
const POWERSHELL =
  'Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.22631; en-US) PowerShell/7.4.6'
const LYNX_ACCEPT = 'text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01'
const W3M_ACCEPT = 'text/html, text/*;q=0.5, image/*, application/*, audio/*, */*;q=0.1'

type Row = [client: string, accept: string | null, userAgent: string | null]

const HTML: Row[] = [
  ['Chrome', CHROME_ACCEPT, CHROME],
  ['Edge', CHROME_ACCEPT, `${CHROME} Edg/131.0.0.0`],
  ['Firefox', FIREFOX_ACCEPT, FIREFOX],
  ['Safari on a phone', FIREFOX_ACCEPT, SAFARI],
  ['a browser that hides its name', FIREFOX_ACCEPT, null],
  ['a browser with a name of its own', FIREFOX_ACCEPT, 'Ladybird/1.0'],
  ['a page fetching without an Accept of its own', '*/*', FIREFOX],
  ['Chrome prefetching', null, CHROME],
  ['Lynx', LYNX_ACCEPT, 'Lynx/2.9.0 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.8.3'],
  ['media types in capitals', 'TEXT/HTML, APPLICATION/XHTML+XML', 'Example/1.0'],
  ['media types with spaces', 'text/html , application/xhtml+xml ; q=0.9', null],
  ['Slack', '*/*', SLACK],
  ['Slack, images', '*/*', 'Slack-ImgProxy (+https://api.slack.com/robots)'],
  ['Telegram', '*/*', 'TelegramBot (like TwitterBot)'],
  ['Discord', '*/*', DISCORD],
  ['WhatsApp and Signal', '*/*', 'WhatsApp/2.23.20.0'],
  ['Teams and Skype', '*/*', SKYPE],
  ['Skype, short', null, 'SkypeUriPreview Preview/0.5'],
  ['Twitter', '*/*', 'Twitterbot/1.0'],
  ['Facebook', '*/*', FACEBOOK],
  ['iMessage', '*/*', IMESSAGE],
  ['LinkedIn', '*/*', LINKEDIN],
  ['Mattermost', null, 'mattermost-bot/1.1'],
  ['Mastodon', null, MASTODON],
  ['Matrix', null, 'Synapse (bot; +https://github.com/matrix-org/synapse)'],
  ['Pinterest', null, 'Pinterest/0.2 (+https://www.pinterest.com/)'],
  ['Iframely', '*/*', 'Iframely/1.3.1 (+https://iframely.com/docs/about)'],
  ['Discord, short', null, 'Discordbot/2.0'],
  ['Telegram, short', null, 'TelegramBot'],
  ['Googlebot', '*/*', GOOGLEBOT],
]

const TEXT: Row[] = [
  ['curl', '*/*', 'curl/8.11.0'],
  ['curl without headers', null, null],
  ['wget', '*/*', 'Wget/1.24.5'],
  ['wget without compression', '*/*', 'Wget2/2.1.0'],
  ['busybox wget', null, 'Wget'],
  ['HTTPie', '*/*', 'HTTPie/3.2.4'],
  ['xh', '*/*', 'xh/0.22.2'],
  ['aria2', '*/*', 'aria2/1.37.0'],
  ['python-requests', '*/*', 'python-requests/2.32.3'],
  ['urllib', null, 'Python-urllib/3.12'],
  ['aiohttp', '*/*', 'Python/3.12 aiohttp/3.11.7'],
  ['httpx', '*/*', 'python-httpx/0.27.2'],
  ['Java HttpURLConnection', JAVA_ACCEPT, 'Java/21.0.5'],
  ['Java 8 HttpURLConnection', LEGACY_JAVA_ACCEPT, 'Java/1.8.0_432'],
  ['Java HttpClient', null, 'Java-http-client/21.0.5'],
  ['Apache HttpClient', null, 'Apache-HttpClient/4.5.14 (Java/21.0.5)'],
  ['okhttp', null, 'okhttp/4.12.0'],
  ['Windows PowerShell', null, WINDOWS_POWERSHELL],
  ['PowerShell', null, POWERSHELL],
  ['Go', null, 'Go-http-client/1.1'],
  ['Go over HTTP/2', null, 'Go-http-client/2.0'],
  ['reqwest', '*/*', null],
  ['Ruby', '*/*', 'Ruby'],
  ['Perl', null, 'libwww-perl/6.77'],
  ['.NET HttpClient', null, null],
  ['Node fetch', '*/*', 'node'],
  ['Deno', '*/*', 'Deno/2.1.1'],
  ['Bun', '*/*', 'Bun/1.1.38'],
  ['got', null, 'got (https://github.com/sindresorhus/got)'],
  ['Git', '*/*', 'git/2.47.0'],
  ['w3m', W3M_ACCEPT, 'w3m/0.5.3+git20230121'],
  ['Emacs', '*/*', 'URL/Emacs Emacs/29.4 (X11; x86_64-pc-linux-gnu)'],
  ['JetBrains HTTP client', '*/*', 'IntelliJ HTTP Client/IntelliJ IDEA 2024.3'],
  ['VS Code REST Client', null, 'vscode-restclient'],
  ['a type that only begins like XHTML', 'application/xhtml+xml2', 'Example/1.0'],
  ['a type that only begins like JSON', 'application/json5', 'Example/1.0'],
  ['JSON lines', 'application/jsonl', 'curl/8.11.0'],
  ['Mozilla in the middle', '*/*', 'Example/1.0 (not Mozilla/5.0)'],
  ['empty headers', '', ''],
]

const JSON_ROWS: Row[] = [
  ['axios in Node', 'application/json, text/plain, */*', 'axios/1.7.8'],
  ['axios in a browser', 'application/json, text/plain, */*', CHROME],
  ['HTTPie --json', 'application/json, */*;q=0.5', 'HTTPie/3.2.4'],
  ['curl -H', 'application/json', 'curl/8.11.0'],
  ['Spring RestTemplate', 'application/json, application/*+json', 'Java/21.0.5'],
  ['got.json()', 'application/json', 'got (https://github.com/sindresorhus/got)'],
  ['a script in PowerShell', 'application/json', POWERSHELL],
  ['with a parameter', 'application/json;charset=utf-8', null],
  ['in capitals', 'Application/JSON', null],
  ['last of several', 'text/html, application/xhtml+xml, application/json ; q=0.1', FIREFOX],
]

function label(face: Face, rows: readonly Row[]): FaceCase[] {
  return rows.map(([client, accept, userAgent]) => ({ client, accept, userAgent, face }))
}

/**
 * Request headers as clients send them, and the face that each gets: the table that chooseFace is
 * held to, and nginx's map too, since its cache is keyed by the face.
 */
export const FACE_CASES: readonly FaceCase[] = [
  ...label('html', HTML),
  ...label('text', TEXT),
  ...label('json', JSON_ROWS),
]
