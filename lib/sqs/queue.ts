import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs'
import { CodedError } from '../error.ts'

/** A message of a queue. */
export interface QueuedMessage {
  body: string
}

/** A queue that is read without taking anything out of it. */
export interface Queue {
  /**
   * Every message that nobody else is receiving, each once, in any order. While they are read, nobody else gets them; then, or
   * when the reading ends early, they are visible again. A process that is killed leaves them invisible for {@link HIDDEN_S}.
   *
   * @throws CodedError `FAILURES_TOO_MANY` when there are more than {@link MOST_MESSAGES}
   */
  messages(): AsyncIterable<QueuedMessage>
  /** How many messages somebody else is receiving, so that they can't be read now. The queue's own approximation. */
  hidden(): Promise<number>
}

/** How long what was received stays invisible, in seconds: enough to read the most messages that there may be. */
const HIDDEN_S = 300
/** Messages of a request. Source: Amazon SQS API Reference, `ReceiveMessage`. */
const AT_ONCE = 10
/** How long a request waits for messages, in seconds: then all servers were asked. Source: "Amazon SQS short and long polling". */
const WAIT_S = 1
/**
 * The most messages that are received; their handles are kept until they are visible again. SQS allows 120,000 messages in
 * flight. Source: Amazon SQS Developer Guide, "Amazon SQS message quotas".
 */
const MOST_MESSAGES = 50_000

/** Opens a queue by its ARN. Errors are those of the SDK, after it has repeated the request. */
export function openQueue(arn: string, config: SQSClientConfig): Queue {
  const [, , , region, QueueOwnerAWSAccountId, QueueName] = arn.split(':')
  const client = new SQSClient({ ...config, region })

  const urlOf = async () => (await client.send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }))).QueueUrl

  return {
    async hidden() {
      const name = 'ApproximateNumberOfMessagesNotVisible'
      const asked = new GetQueueAttributesCommand({ QueueUrl: await urlOf(), AttributeNames: [name] })
      return Number((await client.send(asked)).Attributes?.[name] ?? 0)
    },
    async *messages() {
      const QueueUrl = await urlOf()
      const handles: string[] = []
      const known = new Set<string>()
      try {
        for (;;) {
          if (handles.length >= MOST_MESSAGES) throw tooMany(QueueName)
          const { Messages = [] } = await client.send(
            new ReceiveMessageCommand({
              ...{ QueueUrl, MaxNumberOfMessages: AT_ONCE, WaitTimeSeconds: WAIT_S, VisibilityTimeout: HIDDEN_S },
            }),
          )
          if (Messages.length === 0) return
          for (const { ReceiptHandle } of Messages) handles.push(ReceiptHandle ?? '')
          for (const { MessageId = '', Body = '' } of Messages) {
            if (known.has(MessageId)) continue
            known.add(MessageId)
            yield { body: Body }
          }
        }
      } finally {
        await release(client, QueueUrl, handles)
      }
    },
  }
}

function tooMany(queue: string | undefined): CodedError {
  const message = `The queue ${queue} has more than ${MOST_MESSAGES} messages, which can't all be received at once. Take some of them out, or let them expire.`
  return new CodedError('FAILURES_TOO_MANY', message)
}

/** Makes messages visible. One that fails becomes visible by itself. */
async function release(client: SQSClient, QueueUrl: string | undefined, handles: string[]): Promise<void> {
  for (let start = 0; start < handles.length; start += AT_ONCE) {
    const Entries = handles
      .slice(start, start + AT_ONCE)
      .map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle, VisibilityTimeout: 0 }))
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })).catch(() => {})
  }
}
