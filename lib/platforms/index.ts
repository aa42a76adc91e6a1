import { CodedError } from '../error.ts'
import { alibaba } from './alibaba/index.ts'
import { aws } from './aws/index.ts'
import { azure } from './azure/index.ts'
import { jsonText } from './fields.ts'
import { functionGraph } from './functiongraph/index.ts'
import { knative } from './knative/index.ts'
import { pipes } from './pipes/index.ts'
import type { Platform } from './platform.ts'
import { tencent } from './tencent/index.ts'

/** Every platform; the names begin those of its samples in `events/`. The first one that matches an event decodes it. */
const register = {
  aws,
  'eventbridge-pipes': pipes,
  alibaba,
  tencent,
  functiongraph: functionGraph,
  azure,
  knative,
} satisfies Record<string, Platform>

export type PlatformName = keyof typeof register
export const platforms: Record<PlatformName, Platform> = register
export const platformNames = Object.keys(platforms) as PlatformName[]

/**
 * The event that a handler was called with. Some platforms pass it as JSON text, or as the bytes of that text.
 *
 * @throws CodedError `EVENT_UNKNOWN`
 */
export function parseEvent(payload: unknown): unknown {
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) return payload
  try {
    return JSON.parse(payload.toString())
  } catch {
    throw new CodedError('EVENT_UNKNOWN', `Not a Kafka event: ${payload.length} bytes that are not JSON.`)
  }
}

/**
 * The platform whose trigger made this event.
 *
 * @throws CodedError `EVENT_UNKNOWN`, describing the event's outermost shape but none of its content
 */
export function detectPlatform(event: unknown): Platform {
  const known = Object.values(platforms)
  const platform = known.find(candidate => candidate.matches(event))
  if (platform) return platform
  const titles = known.map(({ title }) => title).join(', ')
  throw new CodedError('EVENT_UNKNOWN', `Not a Kafka event: got ${describeShape(event)}. Known triggers: ${titles}.`)
}

function describeShape(event: unknown): string {
  if (Array.isArray(event)) return `an array of ${event.length}`
  if (typeof event !== 'object' || event === null) return event === null ? 'null' : `a ${typeof event}`
  const source = 'eventSource' in event ? ` and eventSource ${jsonText(event.eventSource)?.slice(0, 60)}` : ''
  const fields = Object.keys(event).slice(0, 10)
  return `an object with the fields [${fields.map(name => name.slice(0, 60)).join(', ')}]${source}`
}
