import { connectSinkSettings } from '../connect-sink.ts'
import { becomes, becomesSecret, depends, none, numbered } from '../outcomes.ts'
import { rotationSettings } from '../rotation.ts'
import type { Settings } from '../setting.ts'
import { sinkSwitching, sinksMore } from '../sink-switching.ts'
import { pathStyle, storeSettings } from '../store-settings.ts'
import type { System } from '../system.ts'

const own: Settings = {
  's3.region': becomes('to.region', { default: 'us-west-2', implied: true }),
  's3.service.endpoint': becomes('to.endpoint'),
  's3.path.style.access': pathStyle('s3.service.endpoint', 'false'),
  's3.profile.name': depends(['to.profile'], 'on a laptop; deployed, the function writes as its own role', () => ({
    group: 'unneeded',
    said: 'deployed, the function writes as its own role; on a laptop, `to.profile`',
  })),
  'aws.signer.override': none(
    'the SDK signs with version 4 only, which every store of [stores.md](stores.md#presets) accepts. The older version signs no body',
  ),
  'aws.session.token': becomesSecret('to.sessionToken', { variable: 'STORE_SECRET_ARN', field: 'sessionToken' }),
  's3.compression.type': becomes('to.compression', {
    text: 'none, gzip, zstd',
    default: 'none',
    range: 'none, gzip',
    implied: true,
  }),
  's3.retention.policy.days': depends(
    ['to.retentionDays'],
    'in a bucket that the service creates; for an existing one, `kafka-functions retention`',
    value => ({
      group: 'person',
      said: `for the existing bucket: \`npx kafka-functions retention ${numbered(value) ?? '<days>'}\``,
    }),
    { default: '1' },
  ),
}

/** The Kafka Backup & Restore sink. Source: its "Kafka Backup connector guide", and `BackupSinkConnectorConfig`. */
export const kafkaBackup: System = {
  title: 'Kafka Backup & Restore: S3',
  source: 'the “Kafka Backup connector guide” of Kafka Backup & Restore',
  type: 'dump',
  settings: { ...connectSinkSettings, ...storeSettings, ...rotationSettings(false), ...own },
  matches: given =>
    given('connector.class')?.endsWith('.BackupSinkConnector') === true ||
    given('s3.retention.policy.days') !== undefined,
  more: sinksMore,
  switching: sinkSwitching,
}
