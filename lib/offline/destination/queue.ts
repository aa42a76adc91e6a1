import { type AwsDestination, clientConfig } from './aws-destination.ts'
import { batchRecord } from './invocation-record.ts'

/** A queue of SQS: gets what the batch was, without the records. */
export const openQueue: AwsDestination = async ({ arn, endpoint, origin }) => {
  const { GetQueueUrlCommand, SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs')
  const [, , , region, , QueueName] = arn.split(':')
  const client = new SQSClient(clientConfig(region, endpoint))
  let queueUrl: Promise<string | undefined> | undefined

  async function findUrl(): Promise<string | undefined> {
    // Without the account: an emulator has one of its own.
    return (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl
  }

  return {
    async put(discarded) {
      queueUrl ??= findUrl()
      const QueueUrl = await queueUrl.catch(error => {
        queueUrl = undefined
        throw error
      })
      await client.send(
        new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(batchRecord(origin, discarded)) }),
      )
    },
    close: async () => client.destroy(),
  }
}
