import type { DeployedMapping, EventSourceMappings } from '../../lib/lambda/event-source-mappings.ts'
import { isDisabledHere } from '../../lib/lambda/mapping-tag.ts'

/** Requests a second that Lambda accepts from an account. Source: AWS Lambda, "Lambda quotas". */
const REQUESTS_A_SECOND = 15

/** Mappings on a page of a list. Source: AWS Lambda API, `ListEventSourceMappings`. */
const PAGE = 100

interface Kept {
  mapping: DeployedMapping
  tags: Record<string, string>
}

/** Lambda's event source mappings in memory. Each request moves the clock on by as long as the API takes to accept one. */
export class LimitedLambdaApi implements EventSourceMappings {
  /** The requests so far, by operation. */
  requests: Record<string, number> = {}
  /** The tags of the function that asks. */
  own: Record<string, string> = {}
  /** Whether a request is throttled until the client gives up. */
  isThrottled: (operation: string, subject: string) => boolean = () => false
  readonly clock: { now: number }
  readonly #kept = new Map<string, Kept>()

  /** @param clock in milliseconds */
  constructor(clock: { now: number }) {
    this.clock = clock
  }

  /** What a user sees of the mappings, by topic. */
  get state(): Record<string, object> {
    const kept = [...this.#kept.values()].toSorted((a, b) => a.mapping.topic.localeCompare(b.mapping.topic))
    return Object.fromEntries(
      kept.map(({ mapping: { topic, state, configuration }, tags }) => [
        topic,
        { state, batchSize: configuration.BatchSize, tags },
      ]),
    )
  }

  /** Somebody switches a mapping in AWS's console, unless it is one that `reconcile` disabled. */
  set(topic: string, state: 'Enabled' | 'Disabled'): void {
    const kept = this.#kept.get(topic)
    if (kept && !isDisabledHere(kept.tags)) kept.mapping.state = state
  }

  async list() {
    for (let page = 0; page <= Math.floor(this.#kept.size / PAGE); page++) this.#request('list', '')
    return structuredClone(Array.from(this.#kept.values(), ({ mapping }) => mapping))
  }

  async create(functionArn: string, topic: string, { Tags = {}, Enabled, ...configuration }: object & Blueprint) {
    this.#request('create', topic)
    if (this.#kept.has(topic)) return false
    const arn = `arn:${topic}`
    const state = Enabled ? 'Enabled' : 'Disabled'
    const mapping = { uuid: topic, arn, functionArn, topic, state, configuration: { ...configuration, ...this.#now } }
    this.#kept.set(topic, { mapping, tags: { ...Tags } })
    return true
  }

  async update(uuid: string, { Enabled, ...changes }: Blueprint) {
    this.#request('update', uuid)
    const { mapping } = this.#kept.get(uuid) as Kept
    if (Enabled !== undefined) mapping.state = Enabled ? 'Enabled' : 'Disabled'
    Object.assign(mapping.configuration, changes, this.#now)
  }

  async delete(uuid: string) {
    this.#request('delete', uuid)
    this.#kept.delete(uuid)
  }

  async tags(arn: string) {
    this.#request('tags', arn)
    return { ...this.#tagsOf(arn) }
  }

  async tag(arn: string, tags: Record<string, string>) {
    this.#request('tag', arn)
    Object.assign(this.#tagsOf(arn), tags)
  }

  async untag(arn: string, names: string[]) {
    this.#request('untag', arn)
    for (const name of names) delete this.#tagsOf(arn)[name]
  }

  #tagsOf(arn: string): Record<string, string> {
    return this.#kept.get(arn.replace('arn:', ''))?.tags ?? this.own
  }

  get #now() {
    return { LastModified: new Date(this.clock.now) }
  }

  #request(operation: string, subject: string): void {
    this.clock.now += 1000 / REQUESTS_A_SECOND
    if (this.isThrottled(operation, subject)) {
      const error = new Error('Rate exceeded')
      throw Object.assign(error, { name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } })
    }
    this.requests[operation] = (this.requests[operation] ?? 0) + 1
  }
}

interface Blueprint {
  Enabled?: boolean
  BatchSize?: number
  Tags?: Record<string, string>
}
