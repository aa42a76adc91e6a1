import { type AwsDestination, clientConfig } from './aws-destination.ts'
import { batchRecord } from './invocation-record.ts'

/** A topic of SNS: gets what the batch was, without the records. */
export const openNotifications: AwsDestination = async ({ arn, endpoint, origin }) => {
  const { PublishCommand, SNSClient } = await import('@aws-sdk/client-sns')
  const client = new SNSClient(clientConfig(arn.split(':')[3], endpoint))
  return {
    async put(discarded) {
      const Message = JSON.stringify(batchRecord(origin, discarded))
      await client.send(new PublishCommand({ TopicArn: arn, Message }))
    },
    close: async () => client.destroy(),
  }
}
