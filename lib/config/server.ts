import * as z from 'zod'
import { connectorTypes } from './connector-type.ts'
import { logSection } from './failure.ts'
import { type Environment, readSections, section } from './section.ts'
import { variable, wholeNumber } from './variable.ts'

/** Variables of entries that can run either function. */
export const serverVariables = {
  FUNCTION: variable(z.enum(connectorTypes).default('dump'), {
    description: 'The function that handles the events.',
    expected: `one of ${connectorTypes.join(', ')}`,
  }),
  TIMEOUT_SECONDS: variable(wholeNumber(1, 86_400).default(60), {
    description: 'Maximum seconds of one invocation, no more than the platform’s own limit.',
    expected: 'a whole number from 1 to 86400',
  }),
}

/** What the container's server can run: also what a platform's timer calls. */
const serverFunctions = [...connectorTypes, 'compact', 'record-cluster'] as const

export type ServerFunction = (typeof serverFunctions)[number]

const keyTypes = ['string', 'byte-array'] as const

const serverSection = section({
  title: 'Server',
  prefix: '',
  variables: {
    FUNCTION: variable(z.enum(serverFunctions).default('dump'), {
      description:
        'The function that handles the events; compact and record-cluster take any event, such as a timer’s.',
      expected: `one of ${serverFunctions.join(', ')}`,
    }),
    PORT: variable(wholeNumber(0, 65_535).default(8080), {
      description: 'Port on which the server listens, on all interfaces.',
      expected: 'a whole number from 0 to 65535',
    }),
    TIMEOUT_SECONDS: serverVariables.TIMEOUT_SECONDS,
    BATCH_SIZE: variable(wholeNumber(1, 10_000).default(1000), {
      description: 'Maximum number of records in a batch, when each request has one record.',
      expected: 'a whole number from 1 to 10000',
    }),
    BATCH_WINDOW_SECONDS: variable(wholeNumber(0, 300).default(0), {
      description: 'Seconds to collect such records into a batch. 0: only while the previous batch is being delivered.',
      expected: 'a whole number from 0 to 300',
    }),
    KNATIVE_KEY_TYPE: variable(z.enum(keyTypes).default('string'), {
      description: 'How KafkaSource decodes keys: the value of its label kafkasources.sources.knative.dev/key-type.',
      expected: `one of ${keyTypes.join(', ')}`,
    }),
  },
  rules: [],
  settings: values => ({
    function: values.FUNCTION,
    port: values.PORT,
    timeoutMs: values.TIMEOUT_SECONDS * 1000,
    batchSize: values.BATCH_SIZE,
    batchWindowMs: values.BATCH_WINDOW_SECONDS * 1000,
    keyType: values.KNATIVE_KEY_TYPE,
  }),
})

/** The variables of the container's server, in addition to those of the function. */
export const serverSections = { server: serverSection }

/**
 * Reads the settings of the container's server.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export const readServerSettings = (environment: Environment) =>
  readSections({ ...serverSections, log: logSection }, environment)
