import { connectorSection } from './connector.ts'
import { readDumpSettings } from './dump.ts'
import { readReplicateSettings } from './replicate.ts'
import { type Environment, readSections } from './section.ts'

/** What the function `check` reads beside the variables of the connector's own function. */
export const checkSections = { connector: connectorSection }

/**
 * The settings of the function `check`: those of the connector, whichever it is.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readCheckSettings(environment: Environment) {
  const { connector } = readSections(checkSections, environment)
  if (connector.type === 'dump') return { ...readDumpSettings(environment), ...connector, type: 'dump' as const }
  return { ...readReplicateSettings(environment), ...connector, type: 'replicate' as const }
}
