import * as z from 'zod'
import { connectorName } from '../questions/named.ts'

/** What questions about records have in common. A topic's name has at most 249 characters. Source: Apache Kafka, `Topic`. */
export const topicArguments = {
  name: connectorName,
  topic: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'expected the name of a topic'),
  cluster: z.enum(['source', 'target']).optional(),
}

/** A partition's number or an offset. */
export const wholeNumber = z.int().min(0)
