import { otherSystems } from '../others/index.ts'
import { dumpSystem } from './dump.ts'
import { dumpRotated } from './dump-rotated.ts'
import { knative } from './knative.ts'
import { redrive } from './redrive.ts'
import { replicate } from './replicate.ts'
import { replicateOnce } from './replicate-once.ts'
import { restore } from './restore.ts'
import type { ChaosSystem } from './system.ts'

/** This project’s systems, which take part in a run unless it names others. */
export const ownSystems: Readonly<Record<string, ChaosSystem>> = {
  'dump-json': dumpSystem({
    summary: 'dump to JSON with gzip, policy fail, partial responses',
    ...{ policy: 'fail', partialResponses: true, putsAside: false },
    variables: { FORMAT: 'json', COMPRESSION: 'gzip' },
  }),
  'dump-jsonl-log': dumpSystem({
    summary:
      'dump of JSON values to lines of JSON with zstd, policy log: values that aren’t JSON, and what fails, into topics of another cluster',
    ...{ policy: 'log', partialResponses: false, putsAside: true },
    variables: { FORMAT: 'jsonl', COMPRESSION: 'zstd', VALUE_FORMAT: 'json' },
  }),
  'dump-parquet-time': dumpSystem({
    summary: 'dump to Parquet with zstd in folders by time, policy fail, without partial responses',
    ...{ policy: 'fail', partialResponses: false, putsAside: false },
    variables: { FORMAT: 'parquet', OBJECT_PARTITIONER: 'hourly' },
  }),
  'dump-rotated': dumpRotated,
  replicate,
  'replicate-once': replicateOnce,
  restore,
  redrive,
  knative,
}

/** All systems that can be tested, by their names. */
export const systems: Readonly<Record<string, ChaosSystem>> = { ...ownSystems, ...otherSystems }
