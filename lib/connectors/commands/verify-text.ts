import { type Difference, isIntact, type PartitionComparison } from '../../verify/partition-comparison.ts'
import type { VerifyReport } from '../../verify/report.ts'
import { countText, numberText } from './count-text.ts'
import { renderTable } from './table.ts'

/** Characters of a digest that are shown. All of them are in the report as JSON. */
const SHOWN_DIGEST = 12

type Names = Record<'first' | 'second', string>

const names: Record<VerifyReport['first'] | VerifyReport['second'], string> = {
  dump: 'the dump',
  topic: 'the topic',
  copy: 'the copy',
}

/** A row for each topic-partition, then what is to be said about them; the verdict follows. */
export function verifyText(report: VerifyReport): string {
  const sides = { first: names[report.first], second: names[report.second] }
  const head = [
    ...['Topic', 'Partition', 'Same', 'Different', `Only in ${sides.first}`, `Only in ${sides.second}`],
    ...['Out of order', 'Digest'],
  ]
  const rows = report.partitions.map(rowOf)
  const notes = report.partitions.flatMap(partition => notesOf(partition, sides))
  const left = report.notCompared.map(reason => `Not compared: ${reason}`)
  const table = rows.length > 0 ? [renderTable(rows, { head, right: [2, 3, 4, 5, 6] })] : []
  return [...table, ...notes, ...left].join('\n')
}

/** Whether nothing says that both sides are the same: there is nothing, or everything is gone from one of them. */
export function isNothingCompared({ partitions }: Pick<VerifyReport, 'partitions'>): boolean {
  return (
    partitions.every(({ equal }) => equal === 0) && (partitions.length === 0 || partitions.some(({ gone }) => gone > 0))
  )
}

/** One sentence about what was found. */
export function verdictOf({ partitions, first, second }: VerifyReport): string {
  const different = partitions.filter(partition => !isIntact(partition)).length
  const same = partitions.reduce((sum, { equal }) => sum + equal, 0)
  if (partitions.length === 0) return `Nothing to compare: ${names[first]} has nothing of these topics.`
  if (isNothingCompared({ partitions }))
    return 'No record could be compared: what one side has is gone from the other, or the topic is not there any more.'
  if (different === 0) return `${countText(same, 'record')} of ${names[first]} and ${names[second]} are the same.`
  return `${countText(different, 'topic-partition')} of ${numberText(partitions.length)} differ.`
}

function rowOf(comparison: PartitionComparison): string[] {
  const { topic, other, partition, equal, differing, onlyFirst, onlySecond, moved } = comparison
  const { digestFirst, digestSecond } = comparison
  const digests = digestFirst === digestSecond ? [digestFirst] : [digestFirst, digestSecond]
  return [
    other === undefined ? topic : `${topic} → ${other}`,
    String(partition),
    ...[equal, differing, onlyFirst, onlySecond, moved].map(numberText),
    digests.map(digest => digest.slice(0, SHOWN_DIGEST)).join(' ≠ '),
  ]
}

/** What the numbers alone don't say. */
function notesOf(comparison: PartitionComparison, { first, second }: Names): string[] {
  const { topic, partition, gone, notKept, notYet, before, absent, unreadable, differences } = comparison
  const known: [number, string][] = [
    [gone, `of ${first} or ${second} are gone from the other one, whose retention or compaction has deleted them`],
    [notKept, `of ${second} are not kept by ${first}`],
  ]
  const notes = [
    ...(absent ? [`${first} has nothing of it, and ${second} ${countText(notYet, 'offset')}`] : []),
    ...known.filter(([count]) => count > 0).map(([count, text]) => `${countText(count, 'record')} ${text}`),
    ...(before > 0 ? [`${countText(before, 'offset')} of ${second} are before the first one of ${first}`] : []),
    ...(notYet > 0 && !absent ? [notYetText(notYet, first)] : []),
    ...unreadable.map(({ key, message }) => `can’t be read: ${key}: ${message}`),
    ...differences.map(difference => differenceText(difference, { first, second })),
  ]
  return notes.map(note => `${topic}-${partition}: ${note}`)
}

function notYetText(count: number, first: string): string {
  return first === names.dump
    ? `${countText(count, 'offset')} of the topic are not dumped yet`
    : `${countText(count, 'record')} are not replicated yet`
}

function differenceText({ kind, first, second, fields = [] }: Difference, sides: Names): string {
  const place =
    first === second || second === undefined ? `offset ${first}` : `offset ${first} (${second} in ${sides.second})`
  switch (kind) {
    case 'differs':
      return `${place} differs in ${fields.join(', ')}`
    case 'moved':
      return `${place} is out of order`
    case 'only-first':
      return `offset ${first} is only in ${sides.first}`
    case 'only-second':
      return `offset ${second} is only in ${sides.second}`
  }
}
