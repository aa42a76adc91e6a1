import { z } from 'zod'
import { topicName } from '../config/variable.ts'
import { type Intrinsic, orIntrinsic } from './key.ts'

/** Where failed records go. A topic is one of the source cluster; the others are AWS's, by their ARN. */
export type DeadLetter = { kind: 'topic'; topic: string } | { kind: 'sqs' | 'sns' | 's3'; arn: string | Intrinsic }

const kinds = ['sqs', 'sns', 's3'] as const

const arnOf = (kind: (typeof kinds)[number]) => z.string().regex(new RegExp(`^arn:aws[a-z-]*:${kind}:\\S+$`))

/** A topic's name, an ARN, or, where only CloudFormation knows the ARN, `sqs: !GetAtt …` and the like. */
export function deadLetterSchema() {
  const byName = topicName().transform((topic): DeadLetter => ({ kind: 'topic', topic }))
  const byArn = kinds.map(kind => arnOf(kind).transform((arn): DeadLetter => ({ kind, arn })))
  const byKind = kinds.map(kind =>
    z
      .strictObject({ [kind]: orIntrinsic(arnOf(kind)) })
      .transform((value): DeadLetter => ({ kind, arn: value[kind] as string | Intrinsic })),
  )
  return z.union([byName, ...byArn, ...byKind])
}
