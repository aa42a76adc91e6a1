import * as z from 'zod'
import { MAX_OUTPUT_BYTES, type Rotation } from '../compaction/rotation.ts'
import { isTimeZone } from '../objects/time-path.ts'
import { section } from './section.ts'
import { variable } from './variable.ts'

const MAX_RECORDS = 2 ** 31 - 1
const DAY_MS = 86_400_000

/** A year and a day. A longer interval is more likely a mistake than meant. */
const MAX_INTERVAL_MS = 366 * DAY_MS

const DEFAULT_MAX_OPEN_MS = 3_600_000

/** Values of ROTATE_ACROSS. */
const acrossNames = ['partition', 'topic'] as const

/** The variables that close objects; the others only say how. */
export const limitVariables = ['FLUSH_SIZE', 'TARGET_SIZE_BYTES', 'INTERVAL_MS', 'SCHEDULE_INTERVAL_MS'] as const

interface Values {
  FLUSH_SIZE?: number
  TARGET_SIZE_BYTES?: number
  INTERVAL_MS?: number
  SCHEDULE_INTERVAL_MS?: number
  TIMEZONE?: string
  MAX_OPEN_MS?: number
  ACROSS?: (typeof acrossNames)[number]
}

/** When the objects of a dump are closed. Without a limit, each batch is an object. */
export const rotationSection = section({
  title: 'Rotation',
  prefix: 'ROTATE_',
  variables: {
    FLUSH_SIZE: variable(orOff(MAX_RECORDS), {
      description: 'Records after which an object is closed. -1: off.',
      expected: `a whole number from 1 to ${MAX_RECORDS}, or -1`,
    }),
    TARGET_SIZE_BYTES: variable(orOff(MAX_OUTPUT_BYTES), {
      description: 'Size, compressed, at which an object is closed. -1: off.',
      expected: `a whole number from 1 to ${MAX_OUTPUT_BYTES}, or -1`,
    }),
    INTERVAL_MS: variable(orOff(MAX_INTERVAL_MS), {
      description: 'Span of the records’ timestamps in an object, in milliseconds. -1: off.',
      expected: `a whole number from 1 to ${MAX_INTERVAL_MS}, or -1`,
    }),
    SCHEDULE_INTERVAL_MS: variable(orOff(DAY_MS), {
      description:
        'Time by the clock after which objects are closed, in milliseconds from midnight on: 3600000 closes them at each ' +
        'full hour. -1: off.',
      expected: `a whole number from 1 to ${DAY_MS}, or -1`,
    }),
    TIMEZONE: variable(z.string().refine(isTimeZone).optional(), {
      description: 'Time zone of ROTATE_SCHEDULE_INTERVAL_MS. Not set: UTC.',
      expected: 'an IANA time zone, such as Europe/Berlin',
    }),
    MAX_OPEN_MS: variable(orOff(MAX_INTERVAL_MS), {
      description:
        'Time in milliseconds after which records are in an object whatever its size. -1: never by this. Not set: an hour, ' +
        'or the longest of ROTATE_INTERVAL_MS and ROTATE_SCHEDULE_INTERVAL_MS.',
      expected: `a whole number from 1 to ${MAX_INTERVAL_MS}, or -1`,
    }),
    ACROSS: variable(z.enum(acrossNames).optional(), {
      description:
        'partition: objects of one partition. topic: objects of all partitions of a topic. Not set: partition.',
      expected: `one of ${acrossNames.join(', ')}`,
    }),
  },
  rules: [
    {
      variable: 'FLUSH_SIZE',
      expected:
        'a limit: this one, ROTATE_TARGET_SIZE_BYTES, ROTATE_INTERVAL_MS or ROTATE_SCHEDULE_INTERVAL_MS; or nothing at all, ' +
        'which ends rotation',
      holds: values => hasLimit(values) || Object.values(values).every(value => value === undefined),
    },
    {
      variable: 'SCHEDULE_INTERVAL_MS',
      expected: `a divisor of a day (${DAY_MS}), so that objects are closed at the same times each day`,
      holds: ({ SCHEDULE_INTERVAL_MS = -1 }) => SCHEDULE_INTERVAL_MS === -1 || DAY_MS % SCHEDULE_INTERVAL_MS === 0,
    },
    {
      variable: 'TIMEZONE',
      expected: 'nothing, unless ROTATE_SCHEDULE_INTERVAL_MS is set',
      holds: ({ TIMEZONE, SCHEDULE_INTERVAL_MS }) => TIMEZONE === undefined || isOn(SCHEDULE_INTERVAL_MS),
    },
    intervalRule('INTERVAL_MS'),
    intervalRule('SCHEDULE_INTERVAL_MS'),
  ],
  settings: (values): Rotation | undefined =>
    hasLimit(values)
      ? {
          flushSize: limit(values.FLUSH_SIZE),
          targetSizeBytes: limit(values.TARGET_SIZE_BYTES),
          rotateIntervalMs: limit(values.INTERVAL_MS),
          rotateScheduleIntervalMs: limit(values.SCHEDULE_INTERVAL_MS),
          timeZone: values.TIMEZONE ?? 'UTC',
          maxOpenMs: maxOpenMs(values),
          across: values.ACROSS ?? 'partition',
        }
      : undefined,
})

/** A whole number from 1, or -1 for off. */
function orOff(most: number) {
  return z
    .string()
    .regex(/^(-1|[1-9]\d*)$/)
    .transform(Number)
    .pipe(z.number().min(-1).max(most))
    .optional()
}

const isOn = (value = -1) => value !== -1

const limit = (value = -1) => (isOn(value) ? value : undefined)

function hasLimit(values: Values): boolean {
  return limitVariables.some(name => isOn(values[name]))
}

/** How long records may wait, in milliseconds. */
export function maxOpenMs({ MAX_OPEN_MS, INTERVAL_MS = -1, SCHEDULE_INTERVAL_MS = -1 }: Values): number {
  if (MAX_OPEN_MS === -1) return Number.POSITIVE_INFINITY
  return MAX_OPEN_MS ?? Math.max(DEFAULT_MAX_OPEN_MS, INTERVAL_MS, SCHEDULE_INTERVAL_MS)
}

/** An interval that is longer than records may wait would never be reached. */
function intervalRule(variable: 'INTERVAL_MS' | 'SCHEDULE_INTERVAL_MS') {
  return {
    variable,
    expected: 'at most ROTATE_MAX_OPEN_MS, which closes objects before this does',
    holds: (values: Partial<Values>) =>
      (values[variable] ?? -1) <= (limit(values.MAX_OPEN_MS) ?? Number.POSITIVE_INFINITY),
  }
}
