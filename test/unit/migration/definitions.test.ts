import { connectSinkSettings } from '../../../lib/migration/connect-sink.ts'
import { settingOf } from '../../../lib/migration/convert.ts'
import type { Settings } from '../../../lib/migration/setting.ts'
import { aiven } from '../../../lib/migration/systems/aiven.ts'
import { confluent } from '../../../lib/migration/systems/confluent.ts'
import { kafkaBackup } from '../../../lib/migration/systems/kafka-backup.ts'
import { mirrorMaker } from '../../../lib/migration/systems/mirror-maker.ts'
import { definitionsOf, plainDefault } from '../../support/setting-definitions.ts'

/** Names of a client's settings that stand for all that begin so. */
const CLIENT = /^(sasl|ssl)\./

/** The table's own entries without those for every sink, and without families. */
function ownNames(settings: Settings): string[] {
  return Object.keys(settings).filter(name => !name.includes('*') && settings[name] !== connectSinkSettings[name])
}

describe.each([
  ['every sink', 'connect-sink', connectSinkSettings],
  ['Confluent', 'confluent', confluent.settings],
  ['Aiven', 'aiven', aiven.settings],
  ['Kafka Backup', 'kafka-backup', kafkaBackup.settings],
  ['MirrorMaker 2', 'mirror-maker', mirrorMaker.settings],
])('%s', (_, file, settings) => {
  const definitions = definitionsOf(file)

  test('each setting that the system defines is in the table', () => {
    const missing = [...definitions.keys()].filter(name => {
      const isFamily = CLIENT.test(name) || name.endsWith('.plugin.version') || name.startsWith('errors.')
      return isFamily ? !settingOf(settings, name) : !Object.hasOwn(settings, name)
    })
    expect(missing).toEqual([])
  })

  test('its default there is the one that the table says', () => {
    const defined = [...definitions].filter(([name]) => Object.hasOwn(settings, name))
    const wrong = defined.filter(
      ([name, text]) => plainDefault(text ?? '') !== plainDefault(settings[name]?.default ?? ''),
    )
    expect(wrong.map(([name, text]) => [name, text, settings[name]?.default])).toEqual([])
  })
})

// What a provider of credentials, a converter or the worker defines is in none of these lists.
test('the table has no settings of these systems that they don’t define', () => {
  const elsewhere = /^(s3\.credentials\.provider|aws\.session)\./
  const unknown = (settings: Settings, file: string) =>
    ownNames(settings).filter(name => !definitionsOf(file).has(name) && !elsewhere.test(name))
  expect(unknown(confluent.settings, 'confluent')).toEqual([])
  expect(unknown(aiven.settings, 'aiven')).toEqual([])
  // Its guide names the keys of AWS, which its class takes from the SDK.
  expect(unknown(kafkaBackup.settings, 'kafka-backup')).toEqual(['aws.access.key.id', 'aws.secret.access.key'])
})
