import type { Browser } from 'playwright-core'
import {
  accessibilityFaults,
  type Look,
  openConsole,
  sidewaysScroll,
  startBrowser,
} from '../support/console/browser.ts'
import { type Screen, screens, waitForScreen } from '../support/console/screens.ts'
import { underTest } from '../support/console/under-test.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

/** Both schemes and both widths: colours don't depend on the width. */
const looks = {
  'on a desk, light': { width: 1600, scheme: 'light' },
  'on a phone, dark': { width: 360, height: 740, scheme: 'dark' },
} satisfies Record<string, Look>

describe.each(Object.entries(looks))('%s', (_, look) => {
  test.each(Object.keys(screens) as Screen[])(
    'the screen %s can be used by everybody, fits, and asks no other host',
    async screen => {
      await using shown = await openConsole(browser, underTest.url, look)
      await waitForScreen(shown, screen)
      expect(await accessibilityFaults(shown.page)).toEqual([])
      expect(await sidewaysScroll(shown.page)).toBeLessThanOrEqual(0)
      expect(shown.faults).toEqual([])
    },
  )
})
