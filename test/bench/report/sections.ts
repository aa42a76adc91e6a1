import { functionSection } from './function.ts'
import { levelsSection } from './levels.ts'
import type { Section } from './section.ts'

/** The sections of the page, in its order; each reads results of its own. */
export const sections: readonly Section<never>[] = [functionSection, levelsSection]
