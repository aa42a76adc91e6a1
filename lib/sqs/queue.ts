import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs'

/** A message of a queue. */
export interface QueuedMessage {
  body: string
  /** When it was sent, in milliseconds since the epoch. */
  sent: number
}

/** A queue that is read without taking anything out of it. */
export interface Queue {
  /**
   * Every message that nobody else is receiving, each once, in any order. While they are read, nobody else gets them; then, or
   * when the reading ends early, they are visible again. A process that is killed leaves them invisible for {@link HIDDEN_S}.
   */
  messages(): AsyncIterable<QueuedMessage>
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

  return {
    async *messages() {
      const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }))
      const handles: string[] = []
      const known = new Set<string>()
      try {
        while (handles.length < MOST_MESSAGES) {
          const { Messages = [] } = await client.send(
            new ReceiveMessageCommand({
              ...{ QueueUrl, MaxNumberOfMessages: AT_ONCE, WaitTimeSeconds: WAIT_S, VisibilityTimeout: HIDDEN_S },
              MessageSystemAttributeNames: ['SentTimestamp'],
            }),
          )
          if (Messages.length === 0) return
          for (const { ReceiptHandle } of Messages) handles.push(ReceiptHandle ?? '')
          for (const { MessageId = '', Body = '', Attributes } of Messages) {
            if (known.has(MessageId)) continue
            known.add(MessageId)
            yield { body: Body, sent: Number(Attributes?.SentTimestamp ?? -1) }
          }
        }
      } finally {
        await release(client, QueueUrl, handles)
      }
    },
  }
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
