import { z } from 'zod'
import { section } from './section.ts'
import { notation, topicName, variable } from './variable.ts'

const types = ['dump', 'replicate'] as const

/** What a connector's mappings read: for functions that look after them. */
export interface ConnectorSource {
  type: (typeof types)[number]
  /** By name, or those that match the pattern: one of both. */
  topics?: string[]
  pattern?: RegExp
  /** The consumer group of a topic's mapping. */
  groupOf(topic: string): string
}

/** `{topic}` in a consumer group stands for the topic's name. */
export const TOPIC_PLACEHOLDER = '{topic}'

export const connectorSection = section({
  title: 'Connector',
  prefix: '',
  variables: {
    CONNECTOR_TYPE: variable(z.enum(types), {
      description: 'What the connector does.',
      expected: `one of ${types.join(', ')}`,
    }),
    SOURCE_TOPICS: variable(topicNames().optional(), {
      description: 'Topics that it reads, separated by commas.',
      expected: 'topic names separated by commas',
    }),
    SOURCE_PATTERN: variable(wholeName().optional(), {
      description: 'Topics that it reads, as a regular expression for the whole name. Internal ones never match.',
      expected: 'a regular expression',
    }),
    CONSUMER_GROUP: variable(z.string(), {
      description: 'Consumer group of each topic’s mapping; {topic} stands for its name.',
      expected: 'a consumer group',
    }),
  },
  rules: [
    {
      variable: 'SOURCE_TOPICS',
      expected: 'a value, unless SOURCE_PATTERN is set',
      holds: ({ SOURCE_TOPICS, SOURCE_PATTERN }) => !SOURCE_TOPICS !== !SOURCE_PATTERN,
    },
  ],
  settings: ({ CONNECTOR_TYPE, SOURCE_TOPICS, SOURCE_PATTERN, CONSUMER_GROUP }): ConnectorSource => ({
    type: CONNECTOR_TYPE,
    topics: SOURCE_TOPICS,
    pattern: SOURCE_PATTERN,
    groupOf: topic => CONSUMER_GROUP.replaceAll(TOPIC_PLACEHOLDER, topic),
  }),
})

function topicNames() {
  return z
    .string()
    .transform(text => text.split(','))
    .pipe(z.array(topicName()))
}

function wholeName() {
  return notation(text => {
    try {
      return new RegExp(`^(?:${text})$`)
    } catch {
      return undefined
    }
  })
}
