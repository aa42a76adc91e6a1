import type { Act } from '../error.ts'

interface StateFacts {
  /** When a connector is in this state. */
  meaning: string
  /** What to do about it. */
  advice: string
}

/** Every state of a connector, worst first. docs/operate.md has the table. */
export const states = {
  FAILING: {
    meaning:
      'Nothing gets through: Lambda’s pollers report a problem, or invocations fail and none has succeeded since.',
    advice: '`connectors check --name X` tests what it needs. Records wait in Kafka until its retention ends.',
  },
  STOPPED: {
    meaning:
      'A partition stands: a record waits that is tried again and again, and nothing behind it is read. Others may continue.',
    advice:
      'Mend what the error code names, and the partition continues. A record that can’t be mended is put aside once the connector has `failurePolicy: log`.',
  },
  DEGRADED: {
    meaning:
      'It works, but something needs a look: some mappings are off, records failed within the last hour, a companion fails, or it falls behind.',
    advice:
      'Records that failed: `connectors failed --name X`, then `connectors redrive --name X`. Behind for long: larger batches, more memory, or `concurrency`. A companion that fails: `connectors logs --name X`.',
  },
  PAUSED: {
    meaning: 'No mapping reads: somebody has paused it, or it is declared with `enabled: false`.',
    advice: '`connectors resume --name X`, before Kafka’s retention deletes what waits.',
  },
  RUNNING: { meaning: 'It reads, and what it reads arrives.', advice: 'Nothing.' },
  'NOT DEPLOYED': {
    meaning: 'It is declared, but there is no function of it.',
    advice: '`serverless deploy`, or `npm start` on a laptop.',
  },
} as const satisfies Record<string, StateFacts>

export type State = keyof typeof states
export const stateNames = Object.keys(states) as State[]

/** Sorts states, worst first. */
export function byState(one: State, other: State): number {
  return stateNames.indexOf(one) - stateNames.indexOf(other)
}

/** Something about a connector that its operator has to know. */
export interface Finding {
  state: State
  /** One sentence without a full stop. */
  reason: string
  /** Null: there is nothing to do. */
  act: Act | null
}
