// Counts what holds and what does not: one line per check, and the sum at the end.

let passed = 0
let failed = 0

export function check(name, good, detail) {
  if (good) passed += 1
  else failed += 1
  const shown = good || detail === undefined ? '' : `: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`
  console.log(`${good ? 'ok' : 'not ok'} - ${name}${shown}`)
  return Boolean(good)
}

export function verdict() {
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0
}
