import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const module = new URL('../../../../lib/kafka/read/negative-timeout.ts', import.meta.url).pathname

// A project that uses the plugin printed this warning of kafkajs's timers, which only an option of Node.js would hide.
test('a timer with a negative time is not warned of, and everything else is', async () => {
  const script = `
    const { hideNegativeTimeouts } = await import(${JSON.stringify(module)})
    hideNegativeTimeouts()
    setTimeout(() => {}, -5)
    process.emitWarning('something else', 'OtherWarning')`
  const { stderr } = await run(process.execPath, ['--input-type=module', '--eval', script])
  expect(stderr).toContain('OtherWarning: something else')
  expect(stderr).not.toContain('TimeoutNegativeWarning')
})
