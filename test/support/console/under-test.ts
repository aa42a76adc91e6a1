import type { Places } from './servers.ts'

export interface ConsoleUnderTest {
  /** The browser's program. */
  chromium: string
  /** The console's address, with its token. */
  url: string
  places: Places
}

/** What all browser tests look at. A test acts on things of its own, since others look at the same time. */
export const underTest: ConsoleUnderTest = JSON.parse(process.env.TEST_CONSOLE as string)
