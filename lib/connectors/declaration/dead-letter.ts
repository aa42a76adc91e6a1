import * as z from 'zod'
import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { topicName } from '../../config/variable.ts'
import { kmsKeyArn, orIntrinsic } from './key.ts'

/**
 * Where failed records go: a topic of the source cluster, or an AWS resource by its ARN, with the KMS key that encrypts it if
 * that is not AWS's own.
 */
export type DeadLetter =
  | { kind: 'topic'; topic: string }
  | { kind: 'sqs' | 'sns' | 's3'; arn: string | Intrinsic; kmsKey?: string | Intrinsic }

const kinds = ['sqs', 'sns', 's3'] as const

/**
 * A bucket has no prefix: Lambda chooses the keys, under `aws/lambda/`. Lambda refuses FIFO queues and topics as destinations.
 * Source: AWS Lambda Developer Guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources".
 */
const arnPatterns = {
  sqs: /^arn:aws[a-z-]*:sqs:\S+(?<!\.fifo)$/,
  sns: /^arn:aws[a-z-]*:sns:\S+(?<!\.fifo)$/,
  s3: /^arn:aws[a-z-]*:s3:::[^\s/]+$/,
}

const arnOf = (kind: (typeof kinds)[number]) => z.string().regex(arnPatterns[kind])

/** A topic's name, an ARN, or `sqs: !GetAtt …` and the like where only CloudFormation knows the ARN or a key is needed. */
export function deadLetterSchema() {
  const byName = topicName().transform((topic): DeadLetter => ({ kind: 'topic', topic }))
  const byArn = kinds.map(kind => arnOf(kind).transform((arn): DeadLetter => ({ kind, arn })))
  const byKind = kinds.map(kind =>
    z
      .strictObject({ [kind]: orIntrinsic(arnOf(kind)), kmsKey: kmsKeyArn().optional() })
      .transform((value): DeadLetter => {
        const { [kind]: arn, kmsKey } = value as Record<string, string | Intrinsic>
        return { kind, arn: arn as string | Intrinsic, kmsKey }
      }),
  )
  return z.union([byName, ...byArn, ...byKind])
}
