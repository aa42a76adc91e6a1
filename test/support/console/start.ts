import { resolveChromium } from './chromium.ts'
import { startSample } from './shown-service.ts'
import type { ConsoleUnderTest } from './under-test.ts'

/** One service for all browser tests, and the browser, which is installed if it is missing. */
export default async function start() {
  const chromium = await resolveChromium()
  const sample = await startSample()
  const { url, servers } = sample
  const { source, target, store, bucketFolder } = servers
  const facts: ConsoleUnderTest = { chromium, url, places: { source, target, store, bucketFolder } }
  process.env.TEST_CONSOLE = JSON.stringify(facts)
  Object.assign(globalThis, { testConsole: sample })
}
