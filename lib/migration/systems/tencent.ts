import { becomes, listed, unneeded } from '../outcomes.ts'
import { fromEnvironment, type Given } from '../setting.ts'
import type { System } from '../system.ts'

const LOGIN_VARIABLES =
  'the target’s login is under `to.auth`; on SCF it is TARGET_KAFKA_USERNAME and TARGET_KAFKA_PASSWORD'

/** SCF’s own dump template. Source: Tencent Cloud, Serverless Cloud Function, "CKafka dump to CKafka". */
export const tencent: System = {
  title: 'Tencent: CKafka to CKafka through SCF',
  source: 'Tencent Cloud, Serverless Cloud Function',
  type: 'replicate',
  settings: {
    kafka_address: becomes('to.bootstrapServers', { convert: listed }),
    kafka_topic_name: becomes('to.targetTopic'),
    'TENCENTCLOUD_*': unneeded('SCF sets it'),
    'SCF_*': unneeded('SCF sets it'),
    TZ: unneeded('timestamps have no time zone'),
    '*username*': unneeded(LOGIN_VARIABLES),
    '*password*': unneeded(LOGIN_VARIABLES),
  },
  matches: given => given('kafka_address') !== undefined || given('kafka_topic_name') !== undefined,
  more,
  switching: () => [
    'The connector runs on AWS Lambda and reads a cluster that Lambda reaches. To stay on SCF, whose trigger has the source, follow ' +
      'docs/platforms/tencent-scf.md: `kafka_address` and `kafka_topic_name` are taken there as they are.',
  ],
}

/** The trigger has the source, so the file lacks it. */
function more(given: Given): Record<string, unknown> {
  return {
    'source.bootstrapServers': [fromEnvironment(given.variable('BROKER'))],
    'source.topics': [fromEnvironment(given.variable('TOPIC'))],
    'source.auth.plain': fromEnvironment(given.variable('LOGIN_SECRET_ARN')),
    ...(given.has('kafka_address')
      ? {}
      : { 'to.bootstrapServers': [fromEnvironment(given.variable('TARGET_BROKER'))] }),
  }
}
