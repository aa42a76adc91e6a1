import { styleText } from 'node:util'
import { durationText } from '../../duration-text.ts'
import type { PartitionHealth } from '../../health/model.ts'
import { countText, numberText } from './count-text.ts'
import { fittedText } from './fitted-rows.ts'
import { ageText, agoText, failureText, figureText, NONE, NOT_KNOWN, type Shown, wrapped } from './health-text.ts'

/** Up to this many partitions are all shown: about what a terminal has room for. */
const FEW = 20

const head = [
  ...['partition', 'committed', 'end', 'lag', 'oldest unread', 'in/min', 'out/min', 'caught up in'],
  'last delivery',
]
const right = [1, 2, 3, 4, 5, 6, 7]

/** A row for each partition; of many, only those that are behind or have failed. Below the rows: errors. */
export function partitionsText(partitions: PartitionHealth[], { columns, now, all }: Shown): string {
  if (partitions.length === 0) return ''
  const shown = all || partitions.length <= FEW ? partitions : partitions.filter(isRemarkable)
  const rest = partitions.length - shown.length
  const rows = shown.map(one => rowOf(one, now))
  const table = rows.length > 0 ? [fittedText({ head, rows, right, titles: 1 }, columns)] : []
  const hidden = `${countText(rest, shown.length > 0 ? 'other partition' : 'partition')} ${rest === 1 ? 'is' : 'are'} not behind; --all shows ${rest === 1 ? 'it' : 'them'}.`
  const errors = shown.flatMap(({ lastError }) => (lastError ? [`${lastError.time}  ${failureText(lastError)}`] : []))
  return [...table, ...(rest > 0 ? [hidden] : []), ...errors.map(text => wrapped(text, columns, '  '))].join('\n')
}

function isRemarkable({ lag, stopped, lastError }: PartitionHealth): boolean {
  return lag !== 0 || stopped || lastError !== null
}

function rowOf(partition: PartitionHealth, now: number): string[] {
  const { unknown, lag, committed, end, stopped } = partition
  const name = `${partition.topic}-${partition.partition}`
  return [
    stopped ? styleText('red', `${name} stands`) : name,
    committed === null ? NONE : numberText(committed),
    end === null ? NOT_KNOWN : numberText(end),
    figureText(lag, unknown.lag),
    ageText(partition.oldestUnreadAgeMs, unknown.oldestUnread),
    figureText(partition.recordsInPerMinute, unknown.recordsInPerMinute),
    figureText(partition.recordsOutPerMinute, unknown.recordsOutPerMinute),
    catchUpText(partition),
    deliveryText(partition, now),
  ]
}

function catchUpText({ lag, catchUpMs, recordsOutPerMinute }: PartitionHealth): string {
  if (catchUpMs !== null) return durationText(catchUpMs)
  return !lag || recordsOutPerMinute === null ? NONE : 'never'
}

/** The object, or the place on the target, and how long ago. */
function deliveryText({ lastDelivery, unknown }: PartitionHealth, now: number): string {
  if (!lastDelivery) return unknown.lastDelivery ? NOT_KNOWN : NONE
  const { time, key, topic, partition, offset } = lastDelivery
  const target =
    partition === undefined || offset === undefined ? topic : `${topic}-${partition} up to ${numberText(offset)}`
  return `${agoText(time, now)}: ${key ?? target}`
}
