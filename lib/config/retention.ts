import * as z from 'zod'
import type { KeepLatest } from '../compaction/rotation.ts'
import { section } from './section.ts'
import { flag, variable, wholeNumber } from './variable.ts'

const DAY_MS = 86_400_000

/** What compaction does besides joining batches. */
export const retentionSection = section({
  title: 'Latest records and retention',
  prefix: '',
  variables: {
    KEEP_LATEST: variable(flag().default(false), {
      description: 'Whether only the newest record of each key is kept, as in topics that Kafka compacts.',
      expected: 'true or false',
    }),
    TOMBSTONES: variable(z.enum(['keep', 'drop']).optional(), {
      description:
        'With KEEP_LATEST, whether a tombstone stays as its key’s newest record, or goes a day later. Not set: keep.',
      expected: 'keep or drop',
    }),
    RECORD_RETENTION_DAYS: variable(wholeNumber(1, 36_500).optional(), {
      description: 'Days after which an object is deleted, counted from the newest timestamp of its records.',
      expected: 'a whole number from 1 to 36500',
    }),
  },
  rules: [
    {
      variable: 'TOMBSTONES',
      expected: 'nothing, unless KEEP_LATEST is true',
      holds: ({ KEEP_LATEST, TOMBSTONES }) => TOMBSTONES === undefined || KEEP_LATEST === true,
    },
  ],
  settings: ({ KEEP_LATEST, TOMBSTONES, RECORD_RETENTION_DAYS }) => ({
    keepLatest: KEEP_LATEST ? ({ tombstones: TOMBSTONES ?? 'keep' } satisfies KeepLatest) : undefined,
    recordRetentionMs: RECORD_RETENTION_DAYS === undefined ? undefined : RECORD_RETENTION_DAYS * DAY_MS,
  }),
})
