import type { ChaosSystem } from '../systems/system.ts'
import { flinkFileSink } from './flink-file-sink.ts'
import { icebergSink } from './iceberg-sink.ts'
import { mirrorMakers } from './mirror-maker.ts'

/** Other people's sinks and replications, by their names: they run only when they are asked for. */
export const otherSystems: Readonly<Record<string, ChaosSystem>> = {
  'iceberg-sink': icebergSink,
  'flink-file-sink': flinkFileSink,
  ...mirrorMakers,
}
