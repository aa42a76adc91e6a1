import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import * as z from 'zod'
import type { Deployment } from '../../connectors/commands/deployment.ts'
import { healthSources, healthSubject } from '../../connectors/commands/health-subject.ts'
import { AT_ONCE } from '../../connectors/commands/list.ts'
import type { Connector } from '../../connectors/declaration/connector.ts'
import { healthOf } from '../../health/health.ts'
import { byState } from '../../health/state.ts'
import type { DocumentOf } from '../api/index.ts'
import type { AskedQuestion } from '../question.ts'

/** How long an answer waits for all connectors, in milliseconds. One whose cluster doesn't answer takes minutes. */
const PATIENCE_MS = 2_000

/** Until those are looked at again that were not known yet, in milliseconds. */
const SOON_MS = 1_000

/** The health of each connector, worst first: those of which it is known by now. */
export const list: AskedQuestion<'list'> = {
  args: z.strictObject({}),
  everyMs: 5_000,
  againMs: (answer, { service }) => (answer.connectors.length < service.connectors.length ? SOON_MS : undefined),
  async answer({ service: { connectors, deployment } }, _, signal) {
    const known = knownOf(deployment)
    // Those that are known already can wait until all of them are.
    const unknown = connectors.filter(({ name }) => !known.health.has(name))
    const asked = Promise.all((unknown.length > 0 ? unknown : connectors).map(connector => known.ask(connector)))
    // Who is not known yet has been asked, and is in the next answer.
    await Promise.race([asked, sleep(PATIENCE_MS, undefined, { signal })])
    if (known.failure) throw known.failure
    const health = connectors.flatMap(({ name }) => known.health.get(name) ?? [])
    return { schema: 1, connectors: health.toSorted((one, other) => byState(one.state, other.state)) }
  },
}

type Health = DocumentOf<'list'>['connectors'][number]

/** What was last known of the connectors of a service, and who is being asked. */
class KnownHealth {
  readonly health = new Map<string, Health>()
  /** Why the last one that was asked about is not known. Nobody who is asked answers then. */
  failure: Error | undefined
  readonly #deployment: Deployment
  readonly #asked = new Map<string, Promise<void>>()
  readonly #limit = pLimit(AT_ONCE)

  constructor(deployment: Deployment) {
    this.#deployment = deployment
  }

  /** Asks about a connector, unless somebody does already. */
  ask(connector: Connector): Promise<void> {
    const { name } = connector
    const asked =
      this.#asked.get(name) ?? this.#limit(() => this.#ask(connector)).finally(() => this.#asked.delete(name))
    this.#asked.set(name, asked)
    return asked
  }

  async #ask(connector: Connector): Promise<void> {
    const [subject, sources] = [healthSubject(connector, this.#deployment), healthSources(connector, this.#deployment)]
    try {
      this.health.set(connector.name, await healthOf(subject, sources))
      this.failure = undefined
    } catch (error) {
      this.failure = error as Error
    }
  }
}

const ofDeployments = new WeakMap<Deployment, KnownHealth>()

function knownOf(deployment: Deployment): KnownHealth {
  const known = ofDeployments.get(deployment) ?? new KnownHealth(deployment)
  ofDeployments.set(deployment, known)
  return known
}
