import type { TopicSettings } from '../kafka/admin/topic-changes.ts'

/** Decides which settings of a source topic its target topic gets. */
export interface SettingsFilter {
  /** The settings that the target gets from the source. */
  replicated(source: TopicSettings): TopicSettings
  /** The settings that a target topic should have: those of the source, and its own where they aren't replicated. */
  wanted(source: TopicSettings, target: TopicSettings): TopicSettings
}

/** @param exclude patterns for the names of settings that are not replicated */
export function createSettingsFilter(exclude: RegExp[]): SettingsFilter {
  const isOwn = (name: string) => exclude.some(pattern => pattern.test(name))
  const select = (settings: TopicSettings, holds: (name: string) => boolean): TopicSettings =>
    Object.fromEntries(Object.entries(settings).filter(([name]) => holds(name)))
  const replicated = (source: TopicSettings) => select(source, name => !isOwn(name))
  return { replicated, wanted: (source, target) => ({ ...replicated(source), ...select(target, isOwn) }) }
}
