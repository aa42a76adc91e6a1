import { type Change, isSame, textOf } from './change.ts'
import type { LiveMapping, PausedConnector } from './paused.ts'

/** What a connector's live mappings are compared with. */
export interface MappingPlans {
  /** The mappings of the deployed template, by topic: their properties. */
  deployed: ReadonlyMap<string, Record<string, unknown>>
  /** Those of the template that would be deployed. */
  declared: ReadonlyMap<string, Record<string, unknown>>
}

/** Settings that Lambda lists as CloudFormation writes them, and people change by hand. */
const byHand: Record<string, string> = {
  BatchSize: 'batch.size',
  MaximumBatchingWindowInSeconds: 'batch.windowSeconds',
  MaximumRetryAttempts: 'retries.attempts',
  MaximumRecordAgeInSeconds: 'retries.maximumRecordAgeSeconds',
}

/** The lines for what is live, but not as it was deployed: paused, changed by hand, or deleted. */
export function liveChanges(
  name: string,
  live: LiveMapping[],
  paused: PausedConnector | undefined,
  plans: MappingPlans,
): Change[] {
  return [
    ...pausedNote(name, paused),
    ...live.flatMap(mapping => changedByHand(mapping, plans)),
    ...goneMappings(live, plans),
  ]
}

function pausedNote(name: string, paused: PausedConnector | undefined): Change[] {
  if (!paused) return []
  const what = paused.isWhole ? 'paused' : `paused: ${paused.topics.join(', ')}`
  return [
    {
      mark: 'note',
      what,
      note: `a deployment leaves it paused; serverless connectors resume --name ${name} reads again`,
    },
  ]
}

function changedByHand({ topic, properties }: LiveMapping, { deployed, declared }: MappingPlans): Change[] {
  const before = deployed.get(topic)
  const after = declared.get(topic)
  if (!before || !after) return []
  const isUpdated = !isSame(before, after)
  return Object.entries(byHand).flatMap(([property, key]) => {
    const value = properties[property]
    if (value === undefined || before[property] === undefined || isSame(value, before[property])) return []
    // An update carries the whole mapping; without one, CloudFormation doesn't look at it.
    const wanted = textOf(after[property])
    const note = isUpdated
      ? `was changed by hand for ${topic}: this deployment sets ${wanted}`
      : `was changed by hand for ${topic}: this deployment leaves it, although ${wanted} is declared`
    return [{ mark: isUpdated ? 'caution' : 'note', what: `${key} ${textOf(value)}`, key, note }]
  })
}

/** Mappings that the stack has, and Lambda hasn't: an update of them fails. */
function goneMappings(live: LiveMapping[], { deployed, declared }: MappingPlans): Change[] {
  const topics = new Set(live.map(({ topic }) => topic))
  return [...deployed]
    .filter(([topic]) => !topics.has(topic) && declared.has(topic))
    .map(([topic, before]) => ({
      mark: 'caution',
      what: `mapping ${topic}`,
      note: `was deleted by hand, and the stack ${isSame(before, declared.get(topic)) ? 'doesn’t make it again' : 'fails to update it'}: take the topic out of source.topics, deploy, and declare it again`,
    }))
}
