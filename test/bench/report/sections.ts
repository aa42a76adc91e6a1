import { functionSection } from './function.ts'
import { growthSection } from './growth.ts'
import { levelsSection } from './levels.ts'
import { peersSection } from './peers.ts'
import type { Section } from './section.ts'

/** The sections of the page, in its order; each reads results of its own. */
export const sections: readonly Section<never>[] = [functionSection, levelsSection, peersSection, growthSection]
