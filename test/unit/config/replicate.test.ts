import { readReplicateSettings, readSyncTopicsSettings } from '../../../lib/config/replicate.ts'

const clusters = { SOURCE_KAFKA_BROKERS: 'a-1:9092,a-2:9092', TARGET_KAFKA_BROKERS: 'b-1:9092' }
const minimal = { ...clusters, SOURCE_ALIAS: 'eu', TARGET_ALIAS: 'us' }

function faultsOf(environment: Record<string, string>, read: (environment: Record<string, string>) => unknown): string {
  try {
    read(environment)
    return ''
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message
  }
}

describe('the configuration of replicate', () => {
  test('needs a target and the names of both clusters, and renames topics then', () => {
    const { replication, records, source, target } = readReplicateSettings({
      TARGET_KAFKA_BROKERS: 'b-1:9092',
      SOURCE_ALIAS: 'eu',
      TARGET_ALIAS: 'us',
    })
    expect(replication).toMatchObject({ sourceAlias: 'eu', targetAlias: 'us', addSourceHeader: false, warnings: [] })
    expect(replication.policy.remoteTopic('eu', 'orders')).toBe('eu.orders')
    expect(records).toEqual({ partitioner: 'same', compression: 'none', exactlyOnce: false, replicas: -1 })
    expect(source).toBeUndefined()
    expect(target.brokers).toEqual(['b-1:9092'])
  })

  // MirrorMaker 2 has `config.properties.exclude` for settings that a cluster must not take over from another one.
  test('leaves out the settings of topics that MirrorMaker 2 leaves out, or those that are named', () => {
    const excluded = (environment: Record<string, string>, name: string) =>
      readReplicateSettings({ ...minimal, ...environment }).topicSettings.exclude.some(pattern => pattern.test(name))
    expect(excluded({}, 'min.insync.replicas')).toBe(true)
    expect(excluded({}, 'retention.ms')).toBe(false)
    const named = { TOPIC_SETTINGS_EXCLUDE: 'retention\\..*,remote.storage.enable' }
    expect(['retention.ms', 'retention.bytes', 'local.retention.ms'].map(name => excluded(named, name))).toEqual([
      true,
      true,
      false,
    ])
    expect(excluded(named, 'min.insync.replicas')).toBe(false)
  })

  test('takes Tencent’s variables for the target', () => {
    const { replication, target } = readReplicateSettings({ kafka_address: 'b-1:9092', kafka_topic_name: 'copy' })
    expect(target.brokers).toEqual(['b-1:9092'])
    expect(replication.policy.remoteTopic('eu', 'orders')).toBe('copy')
  })

  test('keeps names with policy identity, and warns that only the source header stops a loop', () => {
    const { replication } = readReplicateSettings({ ...clusters, REPLICATION_POLICY: 'identity' })
    expect(replication.policy.remoteTopic('eu', 'orders')).toBe('orders')
    expect(replication.warnings).toEqual([expect.stringMatching(/^ADD_SOURCE_HEADER: /)])
  })

  test('takes a mapping of any number of topics', () => {
    const mapping = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`t${index}`, `u${index}`]))
    const { replication } = readReplicateSettings({ ...clusters, TOPIC_MAPPING: JSON.stringify(mapping) })
    expect(Object.fromEntries(replication.mapping)).toEqual(mapping)
    expect(replication.policy.remoteTopic('eu', 't59')).toBe('u59')
  })

  test('warns of an alias that is a prefix of another', () => {
    const { replication } = readReplicateSettings({ ...minimal, TARGET_ALIAS: 'eu-west' })
    expect(replication.warnings).toEqual([expect.stringContaining('SOURCE_ALIAS: eu is a prefix of eu-west')])
  })

  // Each round put a failed record back into the topic that is read, with five headers more.
  test.each(['DEAD_LETTER_TOPIC', 'ABNORMAL_DATA_TOPIC'])('refuses to read %s', name => {
    const environment = { ...clusters, TOPIC_MAPPING: '{"orders":"copy","failed":"failed"}', [name]: 'failed' }
    expect(faultsOf(environment, readReplicateSettings)).toContain(
      `${name}: expected a topic that the function does not read, got failed`,
    )
    expect(faultsOf({ ...environment, [name]: 'copy' }, readReplicateSettings)).toBe('')
  })

  test.each<[Record<string, string>, string]>([
    [{ SOURCE_ALIAS: '' }, 'SOURCE_ALIAS: expected 1 to 20 letters'],
    [{ REPLICATION_POLICY: 'identity', TARGET_ALIAS: '', ADD_SOURCE_HEADER: 'true' }, 'TARGET_ALIAS: expected 1 to 20'],
    [{ SOURCE_ALIAS: 'a'.repeat(21) }, 'SOURCE_ALIAS: expected 1 to 20 letters'],
    [{ SOURCE_ALIAS: 'eu.west' }, 'SOURCE_ALIAS: expected 1 to 20 letters'],
    [{ TARGET_ALIAS: 'eu' }, 'TARGET_ALIAS: expected another name than SOURCE_ALIAS'],
    [
      { TARGET_ALIAS: 'eu-west', SEPARATOR: '-' },
      'TARGET_ALIAS: expected a name that can be distinguished from SEPARATOR',
    ],
    [
      { SOURCE_ALIAS: 'eu-', SEPARATOR: '--' },
      'SOURCE_ALIAS: expected a name that can be distinguished from SEPARATOR',
    ],
    [{ SEPARATOR: '/' }, 'SEPARATOR: expected 1 to 5 dots'],
    [{ REPLICATION_POLICY: 'rename' }, 'REPLICATION_POLICY: expected one of default, identity'],
    [{ REPLICATION_POLICY: 'default', TOPIC_MAPPING: '{"a":"b"}' }, 'which excludes renaming'],
    [{ REPLICATION_POLICY: 'default', TARGET_TOPIC: 'copy' }, 'REPLICATION_POLICY: expected nothing, as TARGET_TOPIC'],
    [{ TARGET_TOPIC: 'copy', TOPIC_MAPPING: '{"a":"b"}' }, 'TOPIC_MAPPING: expected nothing, as TARGET_TOPIC'],
    [{ TOPIC_MAPPING: '{"a":"b","b":"a"}' }, 'TOPIC_MAPPING: expected a JSON object of topic names, without a cycle'],
    [{ TOPIC_MAPPING: '{"x":"a","a":"b","b":"c","c":"a"}' }, 'TOPIC_MAPPING: expected a JSON object'],
    [{ TOPIC_MAPPING: '{a: b}' }, 'TOPIC_MAPPING: expected a JSON object'],
    [{ TOPIC_MAPPING: '["a"]' }, 'TOPIC_MAPPING: expected a JSON object'],
    [{ TOPIC_MAPPING: '{"a":"b/c"}' }, 'TOPIC_MAPPING: expected a JSON object'],
    [{ TARGET_KAFKA_BROKERS: '' }, 'TARGET_KAFKA_BROKERS: expected the brokers of the target cluster, got nothing'],
    [{ TARGET_KAFKA_BROKERS: 'c-1:9092, A-2:9092' }, 'TARGET_KAFKA_BROKERS: expected another cluster'],
    [{ kafka_address: 'a-1:9092', TARGET_KAFKA_BROKERS: '' }, 'TARGET_KAFKA_BROKERS: expected another cluster'],
    [{ SOURCE_KAFKA_BROKERS: '', DEAD_LETTER_TOPIC: 'dead' }, 'SOURCE_KAFKA_BROKERS: expected the brokers of DEAD_'],
    [{ PARTITIONER: 'random' }, 'PARTITIONER: expected one of same, key, round-robin'],
    [{ COMPRESSION_TYPE: 'lzo' }, 'COMPRESSION_TYPE: expected one of none, gzip, snappy, lz4, zstd'],
    [{ REPLICAS: '0' }, 'REPLICAS: expected a whole number from 1 to 32767, or -1'],
    [{ EXACTLY_ONCE: 'true' }, 'OFFSET_SYNCS_LOCATION: expected target, as EXACTLY_ONCE is true'],
    [{ EXACTLY_ONCE: 'true', SOURCE_KAFKA_BROKERS: '' }, 'SOURCE_KAFKA_BROKERS: expected the brokers of the source'],
    [{ EXACTLY_ONCE: 'true', PARTITIONER: 'key' }, 'PARTITIONER: expected same, as EXACTLY_ONCE is true'],
  ])('%j is refused', (environment, fault) => {
    expect(faultsOf({ ...minimal, ...environment }, readReplicateSettings)).toContain(fault)
  })

  test.each(['{"a":"a"}', '{"a":"b","b":"c"}', '{"a":"c","b":"c"}'])('the mapping %s has no cycle', mapping => {
    const { SOURCE_KAFKA_BROKERS, TARGET_KAFKA_BROKERS } = clusters
    const environment = { SOURCE_KAFKA_BROKERS, TARGET_KAFKA_BROKERS, TOPIC_MAPPING: mapping }
    expect(faultsOf(environment, readReplicateSettings)).toBe('')
  })
})

describe('the configuration of sync-topics', () => {
  test('takes names and regular expressions for whole names', () => {
    const { topics } = readSyncTopicsSettings({ ...minimal, TOPICS: 'orders, pay.*' })
    expect(['orders', 'payments', 'my-orders', 'orders2'].filter(name => topics.topics.test(name))).toEqual([
      'orders',
      'payments',
    ])
    expect(readSyncTopicsSettings(minimal).topics.topics.test('anything')).toBe(true)
  })

  test('needs both clusters', () => {
    const message = faultsOf({ SOURCE_ALIAS: 'eu', TARGET_ALIAS: 'us', TOPICS: '(' }, readSyncTopicsSettings)
    expect(message).toContain('SOURCE_KAFKA_BROKERS: expected the brokers of the source cluster')
    expect(message).toContain('TARGET_KAFKA_BROKERS: expected the brokers of the target cluster')
    expect(message).toContain('TOPICS: expected regular expressions')
  })
})
