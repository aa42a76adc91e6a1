import { documentFailures } from '../document-failures.ts'
import type { FailedSource } from '../failed-source.ts'
import { parseFailureDocument } from '../failure-document.ts'

export interface QueueSource {
  name: string
  /** One queue may have the documents of several functions. */
  functionName: string
  /** Every message of the queue; none is taken out of it. */
  messages(): AsyncIterable<{ body: string }>
  /** How many messages can't be read now, because somebody else is receiving them. */
  hidden(): Promise<number>
  /** Takes a sentence about what can't be listed. */
  report(problem: string): void
}

/**
 * A queue that is Lambda's on-failure destination, or is subscribed to an SNS topic that is. Its documents name only the first and
 * the last record of each topic-partition. They stay in the queue: what was redriven is told by marks.
 */
export function createQueueSource({ name, functionName, messages, hidden, report }: QueueSource): FailedSource {
  return {
    name,
    // All of them, since one may have failed again later, as marks tell.
    async *list() {
      using _turn = await turnAt(name)
      const left = await hidden()
      if (left > 0)
        report(
          `${left} messages of ${name} are not listed, as somebody else receives them. Try again in a few minutes.`,
        )
      let unknown = 0
      for await (const { body } of messages()) {
        const document = parseFailureDocument(body)
        if (document && document.functionName !== functionName) continue
        const failures = document && documentFailures(document, { kind: 'kafka', named: 'sqs' }, 'sqs')
        if (failures?.length) yield* failures
        else unknown += 1
      }
      if (unknown > 0) report(`${unknown} messages of ${name} are no documents about failed records of Kafka.`)
    },
  }
}

/** Who reads a queue hides its messages from others, so readers in this process take turns. */
const turns = new Map<string, Promise<void>>()

async function turnAt(queue: string): Promise<Disposable> {
  const before = turns.get(queue)
  const { promise, resolve } = Promise.withResolvers<void>()
  turns.set(queue, promise)
  await before
  return {
    [Symbol.dispose]() {
      resolve()
      if (turns.get(queue) === promise) turns.delete(queue)
    },
  }
}
