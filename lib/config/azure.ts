import * as z from 'zod'
import { CodedError } from '../error.ts'
import type { SaslMechanism } from '../kafka/client/settings.ts'
import { readSinkFaults } from './failure.ts'
import type { VariableFault } from './fault.ts'
import { kafkaSection } from './kafka.ts'
import { type Environment, readSections, section } from './section.ts'
import { serverVariables } from './server.ts'
import { TOPIC_NAME_EXPECTED, topicName, variable } from './variable.ts'

const dataTypes = ['binary', 'string'] as const

/** Mechanisms that Azure's trigger supports; undefined for others. The trigger's `authenticationModes` has its own names. */
const triggerMechanisms = {
  PLAIN: 'PLAIN',
  'SCRAM-SHA-256': 'SCRAM-SHA-256',
  'SCRAM-SHA-512': 'SCRAM-SHA-512',
  AWS_MSK_IAM: undefined,
} as const satisfies { [Mechanism in SaslMechanism]: Mechanism | undefined }

const azureSection = section({
  title: 'Trigger',
  prefix: '',
  variables: {
    FUNCTION: serverVariables.FUNCTION,
    TIMEOUT_SECONDS: serverVariables.TIMEOUT_SECONDS,
    KAFKA_TOPIC: variable(topicName(), {
      description: 'Topic that the trigger reads.',
      expected: TOPIC_NAME_EXPECTED,
    }),
    KAFKA_CONSUMER_GROUP: variable(z.string().default('kafka-functions'), {
      description: 'Consumer group of the trigger.',
      expected: 'a consumer group',
    }),
    KAFKA_DATA_TYPE: variable(z.enum(dataTypes).default('binary'), {
      description:
        'binary: keys and values byte for byte; an empty value counts as a tombstone. string: UTF-8 text only, with ' +
        'tombstones and empty values kept apart.',
      expected: `one of ${dataTypes.join(', ')}`,
    }),
  },
  rules: [],
  settings: values => ({
    function: values.FUNCTION,
    timeoutMs: values.TIMEOUT_SECONDS * 1000,
    topic: values.KAFKA_TOPIC,
    consumerGroup: values.KAFKA_CONSUMER_GROUP,
    dataType: values.KAFKA_DATA_TYPE,
  }),
})

/** The variables of the entry for Azure Functions, in addition to those of the function. */
export const azureSections = {
  trigger: azureSection,
  source: kafkaSection('Source cluster', 'SOURCE_KAFKA_'),
}

/** What the trigger can't use of the source cluster's settings, although the function can. */
function triggerFaults(environment: Environment): VariableFault[] {
  const faults = readSinkFaults(environment, environment.KAFKA_TOPIC ? [environment.KAFKA_TOPIC] : [])
  if (!environment.SOURCE_KAFKA_BROKERS)
    faults.push({
      variable: 'SOURCE_KAFKA_BROKERS',
      expected: 'the brokers that the trigger reads from',
      got: 'nothing',
    })
  for (const [variable, { pattern, expected }] of Object.entries(triggerPems)) {
    const text = environment[variable]
    if (text && !pattern.test(text)) faults.push({ variable, expected })
  }
  return faults
}

/**
 * What the trigger takes of PEM texts: the first section that begins and ends so, with its line breaks, which may be written as
 * `\n`. It ignores the rest, and a key of another kind, without an error. It gets the app settings as they are, not as our own
 * client repairs them. Source: azure-functions-kafka-extension 4.3, `KafkaTriggerAttributeBindingProvider.ExtractSection`.
 */
const triggerPems: Record<string, { pattern: RegExp; expected: string }> = {
  SOURCE_KAFKA_CA: oneSection('CERTIFICATE', 'one certificate in PEM'),
  SOURCE_KAFKA_CERT: oneSection('CERTIFICATE', 'one certificate in PEM'),
  SOURCE_KAFKA_KEY: oneSection('PRIVATE KEY', 'an unencrypted private key of PKCS #8 in PEM (BEGIN PRIVATE KEY)'),
  SOURCE_KAFKA_KEY_PASSWORD: { pattern: /^$/, expected: 'nothing, as Azure’s trigger takes no encrypted key' },
}

function oneSection(label: string, what: string) {
  const begin = `-----BEGIN ${label}-----`
  const pattern = new RegExp(`^(?!.*${begin}.*${begin}).*${begin}(?:\\\\n|\\r?\\n).*-----END ${label}-----`, 's')
  return { pattern, expected: `${what} with its line breaks, all that Azure’s trigger takes` }
}

/**
 * Reads the settings of the entry for Azure Functions.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readAzureSettings(environment: Environment) {
  const { trigger, source } = readSections(azureSections, environment, triggerFaults(environment))
  const mechanism = source?.sasl && triggerMechanisms[source.sasl.mechanism]
  if (!source || (source.sasl && !mechanism)) {
    const supported = Object.values(triggerMechanisms).filter(mechanism => mechanism !== undefined)
    const expected = `one that Azure’s trigger supports: ${supported.join(', ')}`
    throw new CodedError('CONFIG_INVALID', `SOURCE_KAFKA_SASL_MECHANISM: expected ${expected}`)
  }
  return { ...trigger, source: { ...source, sasl: mechanism && { mechanism } } }
}
