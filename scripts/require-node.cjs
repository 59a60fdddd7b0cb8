'use strict'

// Loaded before anything else, and plain JavaScript: an older Node cannot even read the rest.

const { engines } = require('../package.json')

/** One line for whoever has too old a Node, or null. `version` is like 22.18.0. */
function complaintAbout(version) {
  const needed = engines.node.replace('>=', '')
  const [major, minor] = version.split('.').map(Number)
  const [neededMajor, neededMinor] = needed.split('.').map(Number)
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return null
  return (
    `Ledge needs Node ${needed} or newer, and this is ${version}. npm ci installs one where ` +
    'install scripts may run: try npm rebuild node, or see https://nodejs.org.'
  )
}

const complaint = complaintAbout(process.versions.node)
if (complaint !== null) {
  process.stderr.write(`${complaint}\n`)
  process.exit(1)
}

module.exports = { complaintAbout }
