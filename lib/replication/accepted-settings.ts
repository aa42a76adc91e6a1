import { asCodedError, type CodedError } from '../error.ts'
import type { TopicSettings } from '../kafka/admin/topic-changes.ts'

/** A setting of a source topic that the target refuses, and the target's reason. */
export interface RefusedSetting {
  name: string
  reason: CodedError
}

export interface AcceptedSettings {
  accepted: TopicSettings
  /** In the order of the settings. */
  refused: RefusedSetting[]
}

/**
 * Finds out which settings a cluster accepts together. A cluster of another version or vendor doesn't know every setting of
 * the source. It refuses them all for one of them, and its message need not name that one, so the settings are divided
 * until each refused one stands alone. This takes about two checks per refused setting for each doubling of their number.
 *
 * @param check resolves if the cluster would accept these settings, and changes nothing; rejects with `KAFKA_REJECTED` if
 * it refuses them
 * @throws CodedError of a check without any setting: then the settings are not the reason
 * @throws CodedError of a check that fails with another code
 */
export async function acceptedSettings(
  settings: TopicSettings,
  check: (settings: TopicSettings) => Promise<void>,
): Promise<AcceptedSettings> {
  await check({})
  const found: AcceptedSettings = { accepted: {}, refused: [] }
  await divide(Object.entries(settings), found, check)
  return found
}

/** Adds to `found` each of the entries that is accepted beside those that were accepted before. */
async function divide(
  entries: [name: string, value: string][],
  found: AcceptedSettings,
  check: (settings: TopicSettings) => Promise<void>,
): Promise<void> {
  const [first] = entries
  if (!first) return
  const together = { ...found.accepted, ...Object.fromEntries(entries) }
  const refusal = await check(together).then(() => undefined, asRefusal)
  if (!refusal) {
    found.accepted = together
  } else if (entries.length === 1) {
    found.refused.push({ name: first[0], reason: refusal })
  } else {
    const middle = Math.ceil(entries.length / 2)
    await divide(entries.slice(0, middle), found, check)
    await divide(entries.slice(middle), found, check)
  }
}

/** Whether an error can mean that a cluster refuses settings: by their names, their values, or a policy of its own. */
export function refusesSettings(thrown: unknown): boolean {
  const { code, retryable } = asCodedError(thrown)
  return code === 'KAFKA_REJECTED' && !retryable
}

function asRefusal(thrown: unknown): CodedError {
  if (!refusesSettings(thrown)) throw thrown
  return asCodedError(thrown)
}
