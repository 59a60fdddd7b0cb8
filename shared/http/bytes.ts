const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const grouped = new Intl.NumberFormat('en-US')

/** A size as people read it: `1 byte`, `812 bytes`, `12.4 MiB`, `10 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return formatExactBytes(bytes)
  let amount = bytes
  let unit = ''
  for (const next of UNITS) {
    // 1023.95 and more would be written "1024": that is one of the next unit.
    if (unit !== '' && amount < 1023.95) break
    amount /= 1024
    unit = next
  }
  return `${Number(amount.toFixed(1))} ${unit}`
}

/** For where the rounded size would mislead: `10,485,761 bytes`. */
export function formatExactBytes(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${grouped.format(bytes)} bytes`
}
