import { shortDigest } from '../digest.ts'
import { type MappingBlueprint, updatable } from './mapping-update.ts'

type Tags = Record<string, string>

/** The settings that a mapping was given last. Only mappings that `reconcile` creates have this tag. */
const SETTINGS = 'kafka-functions:settings'

/** Marks a mapping that `reconcile` disabled, unlike one that somebody paused. */
const DISABLED_BY = 'kafka-functions:disabled-by'

/** Marks a function `reconcile` that must not change mappings, because a deployment is about to delete them. */
const HELD_UNTIL = 'kafka-functions:held-until'

/** Says on a function `reconcile` that all mappings have had the settings of the declaration. */
const SETTLED = 'kafka-functions:settled'

/** Follows the settings in that tag's value while mappings may be disabled by `reconcile`. */
const SOME_DISABLED = 'disabled'

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

/** What the tags of a function `reconcile` say about its mappings, so that it need not read the tags of each of them. */
export interface Settlement {
  /** Whether every mapping that existed had the settings of the blueprint, tags included. */
  isSettled: boolean
  /** Whether mappings may be disabled by `reconcile`. If not, all that are disabled were disabled by somebody else. */
  mayHaveDisabled: boolean
}

export function settlementOf(tags: Tags, blueprint: MappingBlueprint): Settlement {
  const value = tags[SETTLED] ?? ''
  const isSettled = [true, false].some(mayHaveDisabled => value === settledText(blueprint, mayHaveDisabled))
  return { isSettled, mayHaveDisabled: !isSettled || value.endsWith(` ${SOME_DISABLED}`) }
}

/** The tag that makes {@link settlementOf} say that the mappings are settled. */
export function settledTags(blueprint: MappingBlueprint, mayHaveDisabled: boolean): Tags {
  return { [SETTLED]: settledText(blueprint, mayHaveDisabled) }
}

function settledText(blueprint: MappingBlueprint, mayHaveDisabled: boolean): string {
  const [digest = ''] = settingsOf(blueprint).split(' ')
  return mayHaveDisabled ? `${digest} ${SOME_DISABLED}` : digest
}

export function heldTags(until: Date): Tags {
  return { [HELD_UNTIL]: until.toISOString() }
}

export function isHeld(tags: Tags): boolean {
  return Date.parse(tags[HELD_UNTIL] ?? '') > Date.now()
}

/**
 * On a function `reconcile` that has made no mappings yet: its connector was paused when a deployment gave it a pattern in place
 * of topics, so its first mappings are made disabled.
 */
export const pausedTags: Tags = { 'kafka-functions:paused': 'true' }

export function isMadePaused(tags: Tags): boolean {
  return Object.keys(pausedTags).every(name => name in tags)
}
