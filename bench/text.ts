const WORDS =
  'const return await error value request record edge origin bucket memory lease paste if else for ' +
  'of null string number => === ( ) { } [ ] 0 1 42 // \n \n '

/** Text about as compressible as source code is, always the same. @param bytes its length */
export function sampleText(bytes: number): string {
  const words = WORDS.split(' ')
  let text = ''
  let state = 1
  while (text.length < bytes) {
    // Numerical Recipes' linear congruential generator.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += `${words[state % words.length] ?? ''} `
    if (state % 3 === 0) text += `${state.toString(36)} `
  }
  return text.slice(0, bytes)
}
