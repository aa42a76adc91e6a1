import { readRecordClusterSettings, recordClusterSections } from '../../config/record-cluster.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { declaredRecording, GROUPS_EVERY_MINUTES } from '../declaration/recording.ts'
import { logKeys, recordTargetKeys } from '../declaration/section-keys.ts'
import type { DeployedFunction } from './deployed-function.ts'
import { recordClusterEnvironment } from './environment.ts'
import { recordClusterStatements } from './statement.ts'

/** Enough for a cluster of thousands of topics and groups, which is asked for some at a time. */
const RECORD_SECONDS = 120

export const recordCluster: DeployedFunction<DumpConnector> = {
  summary: 'Records topics and positions of consumer groups beside a dump, for a restore.',
  sections: recordClusterSections,
  documented: [recordClusterSections.recording],
  readSettings: readRecordClusterSettings,
  deployedBy: connector =>
    connector.kind === 'dump' && declaredRecording(connector.declaration) ? connector : undefined,
  declared: () => [
    { path: [], keys: logKeys },
    { path: ['to'], keys: recordTargetKeys },
  ],
  environment: (connector, { service }) => recordClusterEnvironment(connector, service),
  statements: recordClusterStatements,
  calledBy: { everyMinutes: GROUPS_EVERY_MINUTES, whileDisabled: false, runs },
  timeoutSeconds: RECORD_SECONDS,
  usesSource: () => true,
  callsLambda: false,
}

/** Topics and groups have their own schedules, which say in their events which of the two to record. */
function runs({ declaration }: DumpConnector) {
  return Object.entries(declaredRecording(declaration) ?? {}).flatMap(([kind, recording]) =>
    recording ? [{ everyMinutes: recording.everyMinutes as number, input: { record: [kind] } }] : [],
  )
}
