/**
 * Metadata of an object that a redrive has made: the entry of its log. Such an object has a sequence in its name, as those of
 * compaction have, and may lack any of the offsets between the first and the last one of its name.
 */
export const REDRIVE_PLAN = 'redrive-plan'

/** @param metadata as the store holds it */
export function isRedriven(metadata: Record<string, string>): boolean {
  return metadata[REDRIVE_PLAN] !== undefined
}
