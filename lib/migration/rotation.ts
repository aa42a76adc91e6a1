import { becomes, depends, keyFate, numbered } from './outcomes.ts'
import type { Fate, Given, Settings } from './setting.ts'

const DAY_MS = 86_400_000

/**
 * When objects are closed, of Confluent’s and the Kafka Backup sink.
 *
 * @param byClock whether an interval is one of the clock unless the settings say otherwise
 */
export function rotationSettings(byClock: boolean): Settings {
  return {
    'flush.size': becomes('to.rotate.flushSize', {
      text: 'the object is closed with the batch that reaches it, so it may have more records',
      convert: numbered,
      otherwise: 'expected a whole number of records',
    }),
    'rotate.interval.ms': depends(
      byClock ? ['to.rotate.rotateIntervalMs', 'to.rotate.maxOpenMs'] : ['to.rotate.rotateIntervalMs'],
      (byClock
        ? 'by the records’ timestamps; for `Wallclock`, which is the default there, `to.rotate.maxOpenMs`. '
        : 'the same meaning, by the records’ timestamps; ') +
        '-1 for off. A topic without new records closes its object after `to.rotate.maxOpenMs`',
      (value, given) => intervalFate(value, given, byClock),
      { default: '-1' },
    ),
    'rotate.schedule.interval.ms': depends(
      ['to.rotate.rotateScheduleIntervalMs', 'to.rotate.timezone'],
      'a divisor of a day; -1 for off. It is exactly once with it, too',
      scheduleFate,
      { default: '-1' },
    ),
  }
}

function intervalFate(value: string, given: Given, byClock: boolean): Fate {
  const interval = numbered(value)
  if (interval === undefined) return { group: 'person', said: 'expected milliseconds, or -1' }
  if (interval <= 0) return { group: 'already', said: 'off' }
  const isWallclock = byClock && (given.get('timestamp.extractor') ?? 'Wallclock') === 'Wallclock'
  return keyFate(isWallclock ? 'to.rotate.maxOpenMs' : 'to.rotate.rotateIntervalMs', interval, given)
}

function scheduleFate(value: string, given: Given): Fate {
  const interval = numbered(value)
  if (interval === undefined) return { group: 'person', said: 'expected milliseconds, or -1' }
  if (interval <= 0) return { group: 'already', said: 'off' }
  if (DAY_MS % interval === 0) return keyFate('to.rotate.rotateScheduleIntervalMs', interval, given)
  const nearest = DAY_MS / Math.max(1, Math.round(DAY_MS / interval))
  return {
    group: 'person',
    said: `objects are closed at the same times each day: expected a divisor of a day, such as ${Math.round(nearest)}`,
  }
}
