import { formats } from '../formats/index.ts'
import { failureSections } from './failure.ts'
import type { VariableFault } from './fault.ts'
import { formatSection } from './format.ts'
import { objectsSection } from './objects.ts'
import { retentionSection } from './retention.ts'
import { rotationSection } from './rotation.ts'
import { type Environment, readSections } from './section.ts'
import { keyFaults, rotates } from './staged-key.ts'
import { storeSection } from './store.ts'

/** All environment variables of the function `compact`. */
export const compactSections = {
  store: storeSection,
  format: formatSection,
  keys: objectsSection,
  rotation: rotationSection,
  retention: retentionSection,
  failure: failureSections.dump,
}

/**
 * The settings of the function `compact`. Without rotation, everything that is still staged is compacted.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readCompactSettings(environment: Environment) {
  return readSections(compactSections, environment, [...keyFaults(environment), ...retentionFaults(environment)])
}

function retentionFaults(environment: Environment): VariableFault[] {
  const { RECORD_RETENTION_DAYS, KEEP_LATEST } = environment
  const needsRotation = (variable: string) => ({ variable, expected: 'nothing, unless a limit of rotation is set' })
  if (rotates(environment)) return KEEP_LATEST === 'true' ? latestFaults(environment) : []
  return [
    ...(KEEP_LATEST === 'true' ? [needsRotation('KEEP_LATEST')] : []),
    ...(RECORD_RETENTION_DAYS ? [needsRotation('RECORD_RETENTION_DAYS')] : []),
  ]
}

/** What makes it impossible to find the newest record of each key. */
function latestFaults(environment: Environment): VariableFault[] {
  const { FORMAT, OBJECT_PARTITIONER = '', PARTITION_BY, ROTATE_ACROSS, RECORD_RETENTION_DAYS } = environment
  const variable = 'KEEP_LATEST'
  const format = formatSection.variables.FORMAT.safeParse(FORMAT || undefined).data
  const inFolders = !['', 'default'].includes(OBJECT_PARTITIONER) || PARTITION_BY
  return [
    ...(format && formats[format].keys !== 'always'
      ? [{ variable, expected: `false, as FORMAT is ${format}, which keeps no keys that can be told from values` }]
      : []),
    ...(inFolders
      ? [
          {
            variable,
            expected: 'false, as OBJECT_PARTITIONER or PARTITION_BY puts records of one key into several folders',
          },
        ]
      : []),
    ...(ROTATE_ACROSS === 'topic'
      ? [{ variable, expected: 'false, as ROTATE_ACROSS is topic: records of one key are in one partition' }]
      : []),
    ...(RECORD_RETENTION_DAYS
      ? [
          {
            variable: 'RECORD_RETENTION_DAYS',
            expected: 'nothing, as KEEP_LATEST keeps the newest record of a key however old it is',
          },
        ]
      : []),
  ]
}
