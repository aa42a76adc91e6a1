import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../../local/framework.ts'
import { type ConsolePage, type Look, openConsole, startBrowser } from './browser.ts'
import { type Screen, screens, waitForScreen } from './screens.ts'
import { until } from './until.ts'

interface Picture extends Look {
  screen: Screen
}

const desk = { width: 1160, height: 680 }

/** The pictures of docs/console.md, by their names. */
const pictures: Record<string, Picture> = {
  ...Object.fromEntries(Object.keys(screens).map(screen => [screen, { screen: screen as Screen, ...desk }])),
  'connectors-dark': { screen: 'connectors', ...desk, scheme: 'dark' },
  'connector-dark': { screen: 'connector', ...desk, scheme: 'dark' },
  'connectors-phone': { screen: 'connectors', width: 360, height: 860 },
}

/** So that the repository stays small. */
const MAX_BYTES = 150_000

const folder = join(root, 'docs/console')

/**
 * Takes a picture of each screen.
 *
 * @throws an error when one is too large, or when something was wrong on the page
 */
export async function takePictures(chromium: string, url: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const browser = await startBrowser(chromium)
  try {
    for (const [name, { screen, ...look }] of Object.entries(pictures)) {
      await using shown = await openConsole(browser, url, look)
      await take(shown, screen, join(folder, `${name}.png`))
    }
  } finally {
    await browser.close()
  }
}

async function take(shown: ConsolePage, screen: Screen, path: string): Promise<void> {
  const { page, faults } = shown
  await waitForScreen(shown, screen)
  // What is still being asked for would be on the picture.
  await until(() => page.evaluate(`!/(Asking|Loading|Looking|Listing|Reading) ?\\S* …/.test(document.body.innerText)`))
  await page.screenshot({ path, animations: 'disabled' })
  const { size } = await stat(path)
  console.log(`${path}  ${size} bytes`)
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes: at most ${MAX_BYTES} are wanted`)
  if (faults.length > 0) throw new Error(`${screen}: ${faults.join('\n')}`)
}
