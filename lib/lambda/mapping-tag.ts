import { createHash } from 'node:crypto'
import type { MappingBlueprint } from './mapping-update.ts'
import { updatable } from './mapping-update.ts'

type Tags = Record<string, string>

/** What a mapping was given last: only those that `reconcile` makes have it. */
const SETTINGS = 'kafka-functions:settings'

/** Of a mapping that `reconcile` disabled, and not somebody who paused it. */
const DISABLED_BY = 'kafka-functions:disabled-by'

/** Of a function `reconcile` that is to leave the mappings alone, since a deployment is about to take its place. */
const HELD_UNTIL = 'kafka-functions:held-until'

/** How many tags of these a mapping may have beside those of its connector. */
export const OWN_TAGS = 2

/** Source: AWS, "Tag naming limits and requirements". */
const MAX_VALUE = 256

/** A mapping that got the first of two updates, and not yet the second. */
const BEGUN = 'begun:'

/** The tags of a mapping that has the settings of a blueprint; or got the first of two updates to that end. */
export function madeTags(blueprint: MappingBlueprint, { isBegun = false } = {}): Tags {
  return { ...blueprint.Tags, [SETTINGS]: `${isBegun ? BEGUN : ''}${settingsOf(blueprint)}`.slice(0, MAX_VALUE) }
}

/** Whether a mapping has the settings of a blueprint, tags among them, or got the first of two updates to that end. */
export function progressOf(tags: Tags, blueprint: MappingBlueprint): 'outdated' | 'begun' | 'done' {
  if (tags[SETTINGS] === madeTags(blueprint)[SETTINGS]) return 'done'
  return tags[SETTINGS] === madeTags(blueprint, { isBegun: true })[SETTINGS] ? 'begun' : 'outdated'
}

/** The names of tags that a mapping got and that are declared no more. Those that others gave it are not among them. */
export function formerTags(tags: Tags, blueprint: MappingBlueprint): string[] {
  const [, ...given] = tags[SETTINGS]?.split(' ') ?? []
  return given.filter(name => name in tags && !(name in (blueprint.Tags ?? {})))
}

/** A digest, and the names of the tags, as far as there is room for them and they have no space themselves. */
function settingsOf(blueprint: MappingBlueprint): string {
  const { Tags = {} } = blueprint
  const digest = createHash('sha256')
    .update(JSON.stringify([updatable(blueprint), Tags]))
    .digest('hex')
  return [digest.slice(0, 16), ...Object.keys(Tags).filter(name => !name.includes(' '))].join(' ')
}

/** Whether `reconcile` made it for a function of the service. A service may give all that is its template's that tag, too. */
export function isMadeFor(service: string, tags: Tags): boolean {
  return SETTINGS in tags && tags.service === service
}

export const disabledTags: Tags = { [DISABLED_BY]: 'reconcile' }

export function isDisabledHere(tags: Tags): boolean {
  return DISABLED_BY in tags
}

export function heldTags(until: Date): Tags {
  return { [HELD_UNTIL]: until.toISOString() }
}

export function isHeld(tags: Tags): boolean {
  return Date.parse(tags[HELD_UNTIL] ?? '') > Date.now()
}
