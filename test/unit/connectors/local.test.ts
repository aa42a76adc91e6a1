import { type LocalPlace, localFunctions } from '../../../lib/connectors/local.ts'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import { dump, expansionOf, read, SECRET } from '../../support/connectors.ts'

const laptop: KafkaSettings = { brokers: ['127.0.0.1:9092'], securityProtocol: 'PLAINTEXT' } as KafkaSettings

const declared = {
  flow: dump({
    source: { msk: undefined, bootstrapServers: ['kafka:9096'], auth: { scram512: SECRET } },
    restore: { bootstrapServers: ['standby:9096'], auth: { scram512: SECRET } },
  }),
}

/** The variables about the target that a function of the dump has on this laptop. */
function targetOf(key: string, { source = laptop, environment = {} }: Partial<LocalPlace>) {
  const place = { source, target: undefined, environment, lambda: { endpoint: 'http://127.0.0.1:1' } as never }
  const connectors = read(declared) as never
  const { functions } = expansionOf(declared)
  const variables = Object.entries(localFunctions(functions, connectors, place)[key]?.environment ?? {})
  return Object.fromEntries(variables.filter(([name]) => name.startsWith('TARGET_KAFKA_')))
}

test('a restore on a laptop goes to the laptop’s cluster, without the login of the declared one', () => {
  expect(targetOf('flow-restore', {})).toEqual({
    TARGET_KAFKA_BROKERS: '127.0.0.1:9092',
    TARGET_KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT',
  })
  expect(targetOf('flow', {})).toEqual({})
})

test('a second cluster of the laptop is its target', () => {
  const environment = { TARGET_KAFKA_BROKERS: '127.0.0.1:9093' }
  expect(targetOf('flow-restore', { environment })).toEqual(environment)
})
