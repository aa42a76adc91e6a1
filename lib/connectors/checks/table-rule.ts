import { isIntrinsic } from '../../cloudformation/intrinsic.ts'
import { ConfigError } from '../../config/fault.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { type TableSettings, tableObstacle } from '../resources/athena-table.ts'
import { tableSettings } from '../resources/glue-table.ts'
import { type Fault, when } from './fault.ts'

/** The keys that decide on the columns and folders of a table. */
const PLAIN = [
  'format',
  'valueFormat',
  'recordSeparator',
  'partitioner',
  'pathFormat',
  'partitionField',
  'partitionBy',
  'keyTemplate',
  'includeHeaders',
] as const

/** What is declared for a connector's objects, but can't be a table of Athena. */
export function tableFaults(connector: DumpConnector): Fault[] {
  const { table, bucket, endpoint, ...to } = connector.declaration.to
  if (!table) return []
  const unknown = PLAIN.find(name => isIntrinsic(to[name]))
  if (unknown) return when(true, `to.${unknown}`, 'expected text, as to.table depends on it')
  const settings = readable(connector)
  const obstacle = settings && tableObstacle(settings)
  const isArn = typeof bucket === 'string' && bucket.startsWith('arn:')
  return [
    ...when(endpoint, 'to.table', 'expected nothing, as to.endpoint is another store, which Athena doesn’t read'),
    ...when(isArn, 'to.table', 'expected nothing, as to.bucket is an access point’s ARN, which Athena doesn’t take'),
    ...when(obstacle, 'to.table', `expected ${obstacle}`),
  ]
}

/** Undefined where the settings are wrong by themselves, which is told elsewhere. */
function readable(connector: DumpConnector): TableSettings | undefined {
  try {
    return tableSettings(connector, '')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return undefined
  }
}
