// Counts what holds and what does not; a part that breaks off is one failure, and the next part still runs.
let passed = 0
let failed = 0

export function check(name, good, detail) {
  if (good) passed += 1
  else failed += 1
  const shown = good || detail === undefined ? '' : `: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`
  console.log(`${good ? 'ok' : 'not ok'} - ${name}${shown}`)
  return Boolean(good)
}

export async function part(name, work) {
  try {
    await work()
  } catch (error) {
    check(name, false, String(error.stack ?? error).split('\n').slice(0, 8).join('\n    '))
  }
}

export function verdict() {
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0
}
