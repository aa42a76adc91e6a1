import { allow, ownArn, type Statement } from '../../cloudformation/template.ts'
import { readRestoreSettings, restoreSections } from '../../config/restore.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { restoredCluster } from '../declaration/restored-cluster.ts'
import { logKeys, restoredDumpKeys, restoreKeys } from '../declaration/section-keys.ts'
import type { DeployedFunction, FunctionContext } from './deployed-function.ts'
import { restoreEnvironment } from './environment.ts'
import { companionKey, functionName } from './function-name.ts'
import { onCluster } from './kafka-statement.ts'
import { restoredStoreStatements } from './store-statement.ts'

/** The most that Lambda allows. What is left then has further invocations. */
const RESTORE_SECONDS = 900

/** With which the ids of a restore's transactions begin: see `lib/restore/target.ts`. */
const TRANSACTIONS = 'kafka-functions-restore-*'

export const restore: DeployedFunction<DumpConnector> = {
  summary: 'Restores a dump: produces its records to a cluster, and sets consumer groups.',
  sections: restoreSections,
  documented: [restoreSections.request, restoreSections.replication, restoreSections.records, restoreSections.dump],
  readSettings: readRestoreSettings,
  deployedBy: connector => (connector.kind === 'dump' && connector.declaration.restore ? connector : undefined),
  declared: () => [
    { path: [], keys: logKeys },
    { path: ['to'], keys: restoredDumpKeys },
    { path: ['restore'], keys: restoreKeys },
  ],
  environment: (connector, { service }) => restoreEnvironment(connector, service),
  statements,
  calledBy: 'commands',
  timeoutSeconds: RESTORE_SECONDS,
  usesSource: () => true,
  cluster: restoredCluster,
  callsLambda: true,
  invokesItself: true,
}

/**
 * Deleting topics is left out: whoever may invoke the function could purge any topic of a cluster that producers write to. A purge
 * is a person's, with a login of their own.
 */
function statements(connector: DumpConnector, { service }: FunctionContext): Statement[] {
  const cluster = restoredCluster(connector)
  const describe = ['DescribeTopic', 'DescribeTopicDynamicConfiguration']
  return [
    ...restoredStoreStatements(connector),
    ...onCluster(cluster, {
      cluster: ['Connect', 'WriteDataIdempotently'],
      topics: [[...describe, 'CreateTopic', 'AlterTopic', 'ReadData', 'WriteData'], ['*']],
      groups: [['DescribeGroup', 'AlterGroup', 'DeleteGroup'], ['*']],
      transactions: [['DescribeTransactionalId', 'AlterTransactionalId'], [TRANSACTIONS]],
    }),
    ...allow(
      ['lambda:InvokeFunction'],
      [ownArn('lambda', `function:${functionName(service, companionKey(connector, 'restore'))}`)],
    ),
  ]
}
