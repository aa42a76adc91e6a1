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

/** What is declared for a connector's objects, but can't be a table. */
export function tableFaults(connector: DumpConnector): Fault[] {
  const { to } = connector.declaration
  if (!to.table) return []
  const unknown = PLAIN.find(name => isIntrinsic(to[name]))
  if (unknown) return when(true, `to.${unknown}`, 'expected text, as to.table depends on it')
  const settings = readable(connector)
  const obstacle = settings && tableObstacle(settings)
  return when(obstacle, 'to.table', `expected ${obstacle}`)
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
