import { shortDigest } from '../digest.ts'
import { type MappingBlueprint, updatable } from './mapping-update.ts'

type Tags = Record<string, string>

/** The settings that a mapping was given last. Only mappings that `reconcile` creates have this tag. */
const SETTINGS = 'kafka-functions:settings'

/** Marks a mapping that `reconcile` disabled, unlike one that somebody paused. */
const DISABLED_BY = 'kafka-functions:disabled-by'

/** Marks a function `reconcile` that must not change mappings, because a deployment is about to delete them. */
const HELD_UNTIL = 'kafka-functions:held-until'

/** How many of these tags a mapping may have besides those of its connector. */
export const OWN_TAGS = 2

/** Source: AWS, "Tag naming limits and requirements". */
const MAX_VALUE = 256

/** Prefix of the tag's value while a mapping has had the first of two updates, but not the second. */
const BEGUN = 'begun:'

/** The tags of a mapping with the settings of a blueprint, or with the first of two updates towards them. */
export function madeTags(blueprint: MappingBlueprint, { isBegun = false } = {}): Tags {
  return { ...blueprint.Tags, [SETTINGS]: `${isBegun ? BEGUN : ''}${settingsOf(blueprint)}`.slice(0, MAX_VALUE) }
}

/** How far a mapping is from the settings of a blueprint, tags included. `begun`: it has had the first of two updates. */
export function progressOf(tags: Tags, blueprint: MappingBlueprint): 'outdated' | 'begun' | 'done' {
  if (tags[SETTINGS] === madeTags(blueprint)[SETTINGS]) return 'done'
  return tags[SETTINGS] === madeTags(blueprint, { isBegun: true })[SETTINGS] ? 'begun' : 'outdated'
}

/** The names of a mapping's tags that are no longer declared. Tags that others added are not among them. */
export function formerTags(tags: Tags, blueprint: MappingBlueprint): string[] {
  const [, ...given] = tags[SETTINGS]?.split(' ') ?? []
  return given.filter(name => name in tags && !(name in (blueprint.Tags ?? {})))
}

/** A digest, and the names of the tags, as far as they fit and contain no space. */
function settingsOf(blueprint: MappingBlueprint): string {
  const { Tags = {} } = blueprint
  const digest = shortDigest(JSON.stringify([updatable(blueprint), Tags]), 16)
  return [digest, ...Object.keys(Tags).filter(name => !name.includes(' '))].join(' ')
}

/** Whether `reconcile` created a mapping for the service. The tag `service` alone is not enough: a template may set it, too. */
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
