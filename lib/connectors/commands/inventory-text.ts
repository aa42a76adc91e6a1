import type {
  InventoryLine,
  ObjectLine,
  OrphanLine,
  StagedLine,
  TotalLine,
  UnitLine,
} from '../../compaction/inventory-line.ts'
import { countText, numberText } from './count-text.ts'
import { unitText } from './unit-text.ts'

/** Columns that line up without all lines being known: most numbers are shorter. */
const OFFSETS_WIDTH = 23
const RECORDS_WIDTH = 10
const BYTES_WIDTH = 14

/** Texts for the lines of an inventory, with a heading before those of each topic-partition. */
export function inventoryText(): (line: InventoryLine) => string {
  let heading = ''
  return line => {
    const next = headingOf(line)
    const before = next === heading ? '' : `${heading === '' ? '' : '\n'}${next}\n`
    heading = next
    return before + textOf(line)
  }
}

function headingOf(line: InventoryLine): string {
  if (line.type === 'total') return 'All'
  if (line.type === 'staged') return 'Staged'
  if (line.type === 'quarantined') return 'In quarantine'
  if (line.type === 'orphan') return 'Large values that no record names'
  return unitText(line)
}

function textOf(line: InventoryLine): string {
  switch (line.type) {
    case 'object':
      return objectText(line)
    case 'gap':
    case 'overlap':
      return `  ${offsetsOf(line)}  ${line.type}${line.reason ? `: ${line.reason}` : ''}`
    case 'unit':
      return sumsText(line)
    case 'staged':
      return stagedText(line)
    case 'quarantined':
      return `  ${bytesOf(line.bytes)}  ${timeOf(line.quarantined)}  ${line.key}`
    case 'orphan':
      return orphanText(line)
    case 'total':
      return totalText(line)
  }
}

function objectText(line: ObjectLine): string {
  const { records, bytes, written, reason = '', key, expired } = line
  const note = expired ? '  expired' : ''
  return `  ${offsetsOf(line)}  ${recordsOf(records)}  ${bytesOf(bytes)}  ${timeOf(written)}  ${reason.padEnd(24)}  ${key}${note}`
}

function stagedText(line: StagedLine): string {
  const { records, bytes, staged, key } = line
  return `  ${offsetsOf(line)}  ${recordsOf(records)}  ${bytesOf(bytes)}  ${timeOf(staged)}  ${key}`
}

function orphanText({ bytes, written, key, deleted }: OrphanLine): string {
  return `  ${bytesOf(bytes)}  ${timeOf(written)}  ${key}${deleted ? '  deleted' : ''}`
}

function sumsText({ objects, records, bytes, missing, isUnderWay, earlier }: UnitLine): string {
  const parts = [
    countText(objects, 'object'),
    ...(records === undefined ? [] : [countText(records, 'record')]),
    `${numberText(bytes)} bytes`,
    ...(missing > 0 ? [`${countText(missing, 'offset')} in gaps`] : []),
    ...(isUnderWay ? ['more are being written'] : []),
    ...Object.entries(earlier ?? {}).map(
      ([partition, offset]) => `before offset ${offset} of ${partition}: without rotation`,
    ),
  ]
  return `  ${parts.join(', ')}`
}

function totalText({ objects, bytes, staged, stagedBytes, oldestStaged, quarantined }: TotalLine): string {
  const since = oldestStaged === undefined ? '' : `, the oldest since ${timeOf(oldestStaged)}`
  return [
    `  ${countText(objects, 'object')}, ${numberText(bytes)} bytes`,
    `  ${numberText(staged)} staged, ${numberText(stagedBytes)} bytes${since}`,
    `  ${numberText(quarantined)} in quarantine`,
  ].join('\n')
}

const offsetsOf = ({ firstOffset, lastOffset }: { firstOffset: number; lastOffset: number }) =>
  (firstOffset < 0 ? '' : `${firstOffset}–${lastOffset}`).padStart(OFFSETS_WIDTH)

const recordsOf = (records: number | undefined) =>
  (records === undefined ? '' : numberText(records)).padStart(RECORDS_WIDTH)

const bytesOf = (bytes: number) => numberText(bytes).padStart(BYTES_WIDTH)

const timeOf = (time: number) => new Date(time).toISOString().slice(0, 19).replace('T', ' ')
