import { allow, ownArn } from '../../cloudformation/template.ts'
import { compactSections, readCompactSettings } from '../../config/compact.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { compactTargetKeys, failureKeys, rotateKeys } from '../declaration/section-keys.ts'
import type { DeployedFunction } from './deployed-function.ts'
import { compactEnvironment } from './environment.ts'
import { companionKey, functionName } from './function-name.ts'
import { compactStatements } from './store-statement.ts'

/**
 * Enough for an object of some gigabytes, which is written from its beginning again when the time is over. The schedule's next
 * run doesn't wait for this one, and leaves the plan to it that it is carrying out.
 */
const COMPACT_SECONDS = 300

export const compact: DeployedFunction<DumpConnector> = {
  summary: 'Joins the batches that `dump` has staged into objects of the size that you ask for.',
  sections: compactSections,
  documented: [compactSections.retention],
  readSettings: readCompactSettings,
  // Also with an empty `rotate`, which ends rotation: what is still staged has to be compacted.
  deployedBy: connector => (connector.kind === 'dump' && connector.declaration.to.rotate ? connector : undefined),
  declared: () => [
    { path: [], keys: failureKeys.dump },
    { path: ['to'], keys: compactTargetKeys },
    { path: ['to', 'rotate'], keys: rotateKeys },
  ],
  environment: (connector, { service }) => compactEnvironment(connector, service),
  statements: (connector, { service }) => [
    ...compactStatements(connector),
    ...allow(
      ['lambda:InvokeFunction'],
      [ownArn('lambda', `function:${functionName(service, companionKey(connector, 'compact'))}`)],
    ),
  ],
  // A disabled connector may have records that are still staged.
  calledBy: { everyMinutes: 1, whileDisabled: true },
  timeoutSeconds: COMPACT_SECONDS,
  // The store can't tell two runs which of them was first.
  mostAtOnce: ({ declaration }) => (declaration.to.createOnce === 'single-writer' ? 1 : undefined),
  usesSource: () => false,
  callsLambda: true,
}
