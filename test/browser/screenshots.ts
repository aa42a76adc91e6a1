/** Makes the pictures of docs/console.md: `npm run docs:console`. Starts the servers and the service that the browser tests use. */
import { setTimeout as sleep } from 'node:timers/promises'
import { resolveChromium } from '../support/console/chromium.ts'
import { takePictures } from '../support/console/pictures.ts'
import { startSample } from '../support/console/shown-service.ts'

/** The lines over time need some minutes to be worth a look. */
const LOAD_MS = 240_000

const chromium = await resolveChromium()
const sample = await startSample()
try {
  console.log(`The service gets records for ${LOAD_MS / 60_000} minutes before the pictures are made.`)
  await sleep(LOAD_MS)
  await takePictures(chromium, sample.url)
} finally {
  await sample.stop()
}
