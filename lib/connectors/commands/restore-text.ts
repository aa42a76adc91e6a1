import { runsText } from '../../commits/offset-notation.ts'
import { countText, durationText, megabytesText, numberText } from '../../restore/figures.ts'
import type { RestoredPartition, RestoredTopic, RestoreReport } from '../../restore/report.ts'
import { hasOtherDigest, isRemarkable, placesOf, sumOf } from '../../restore/report-sum.ts'
import { corruptTexts, problemText, rangeText } from '../../restore/report-words.ts'
import { restoredGroupsText } from './restore-groups-text.ts'
import { renderTable } from './table.ts'

/** Topic-partitions of a topic that are told each; of more, only those that deserve a look. */
const MOST_PLACES = 20

/** The codes by which a restore is refused before it produces anything: a person has to decide something. */
export const refusals: readonly string[] = [
  ...['CONFIG_INVALID', 'RESTORE_NOTHING_FOUND', 'RESTORE_TARGET_NOT_EMPTY', 'RESTORE_OFFSETS_MISSING'],
  ...['RESTORE_TARGET_LACKS_RECORDS', 'RESTORE_OUT_OF_ORDER'],
]

/** Topics that are told each with its partitions. */
const MOST_TOPICS = 20

/** Characters of a line that is indented by two. */
const LINE_LENGTH = 78

/** Lines of one kind, such as ranges of missing offsets. The report has more of them. */
const MOST_LINES = 10

/** A report for people at a terminal. No line that it fills itself is longer than 80 characters. */
export function reportText(report: RestoreReport): string {
  const parts = [
    ...report.topics.map(topic => topicText(topic, report)),
    ...linesText(
      'Missing offsets, which no object has (also those of transaction markers and compacted topics)',
      missingTexts(report),
    ),
    ...linesText('Objects that can’t be read', placesOf(report).flatMap(corruptTexts)),
    ...(report.groups.length > 0 ? [restoredGroupsText(report.groups)] : []),
    ...linesText('What the dump can’t give back', report.losses),
    ...linesText('Problems', report.problems.map(problemText)),
    outcomeText(report),
  ]
  return parts.join('\n\n')
}

const states: Record<RestoredTopic['targetState'], string> = {
  created: 'created',
  present: 'there already',
  create: 'would be created',
  purged: 'deleted and created again',
}

/** A topic with its partitions; of many topics, a line for each of which nothing is remarkable. */
function topicText(
  { topic, target, targetState, partitions, settings, places }: RestoredTopic,
  report: RestoreReport,
): string {
  const isPlanned = report.outcome === 'planned'
  const sum = sumOf(places)
  const state = isPlanned && targetState === 'purged' ? `would be ${states.purged}` : states[targetState]
  const facts = `${countText(partitions, 'partition')}, ${state}; ${countText(sum.records, 'record')}, ${megabytesText(sum.bytes)} MB`
  const head = `${target === topic ? topic : `${topic} → ${target}`}\n  ${facts}`
  if (report.topics.length > MOST_TOPICS && !places.some(isRemarkable)) return head
  const told = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`)
  return [head, ...(told.length > 0 ? [wrapped(told)] : []), placesText(places, isPlanned)].join('\n')
}

/** Texts in lines of less than 80 characters, where they are short enough themselves. */
function wrapped(texts: string[]): string {
  const lines = ['']
  for (const text of texts) {
    const last = lines.length - 1
    const longer = `${lines[last]}${lines[last] === '' ? '' : ', '}${text}`
    if (lines[last] === '' || longer.length < LINE_LENGTH) lines[last] = longer
    else lines.push(text)
  }
  return indented(lines.join(',\n'))
}

/** A column of the table of a topic's partitions. */
interface Column {
  head: string
  text(place: RestoredPartition): string
  /** Whether it is left out where all its texts are the same as of a place with nothing. */
  optional?: true
}

const count = (number: number) => (number === 0 ? '' : numberText(number))

const columns: Column[] = [
  { head: 'partition', text: ({ partition }) => `${partition}` },
  { head: 'records', text: ({ records }) => numberText(records) },
  { head: 'MB', text: ({ bytes }) => megabytesText(bytes) },
  { head: 'offsets', text: ({ firstOffset, lastOffset }) => rangeText(firstOffset, lastOffset) },
  { head: 'missing', text: ({ missingOffsets }) => count(missingOffsets), optional: true },
  { head: 'twice', text: ({ duplicates }) => count(duplicates), optional: true },
  { head: 'differing', text: ({ conflicts }) => count(conflicts), optional: true },
  { head: 'corrupt', text: ({ corrupt }) => count(corrupt.length), optional: true },
  { head: 'there before', text: ({ present }) => count(present), optional: true },
]

const producedColumns: Column[] = [
  { head: 'produced', text: ({ produced }) => numberText(produced) },
  { head: 'on the target', text: ({ targetFirst, targetLast }) => rangeText(targetFirst, targetLast) },
]

function placesText(places: RestoredPartition[], isPlanned: boolean): string {
  const all = isPlanned ? columns : [...columns, ...producedColumns]
  const told = places.length <= MOST_PLACES ? places : places.filter(isRemarkable).slice(0, MOST_PLACES)
  const shown = all.filter(({ optional, text }) => !optional || told.some(place => text(place) !== ''))
  const rows = told.map(place => shown.map(({ text }) => text(place)))
  const right = shown.flatMap((_, index) => index)
  const table = told.length > 0 ? [indented(renderTable(rows, { head: shown.map(({ head }) => head), right }))] : []
  const rest = places.filter(place => !told.includes(place))
  if (rest.length === 0) return table.join('\n')
  const sum = sumOf(rest)
  const folded = `  ${told.length > 0 ? 'and ' : ''}${countText(rest.length, 'partition')}${told.length > 0 ? ' more' : ''}: ${countText(sum.records, 'record')}, ${megabytesText(sum.bytes)} MB`
  return [...table, folded].join('\n')
}

/** The missing offsets of each topic-partition that lacks some. */
export function missingTexts(report: RestoreReport): string[] {
  return placesOf(report)
    .filter(({ missingOffsets }) => missingOffsets > 0)
    .map(({ topic, partition, missing, missingOffsets }) => {
      if (missing.length === 0) return `${topic}-${partition}: ${countText(missingOffsets, 'offset')}`
      const some = missing.slice(0, MOST_LINES)
      const more = missing.length > some.length ? `, and ${countText(missing.length - some.length, 'range')} more` : ''
      return `${topic}-${partition}:${runsText(some)}${more} (${countText(missingOffsets, 'offset')})`
    })
}

/** A heading and its lines, the first of them if there are many. */
function linesText(heading: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const more =
    lines.length > MOST_LINES ? [`and ${countText(lines.length - MOST_LINES, 'other')}, which the report has`] : []
  return [[`${heading}:`, ...[...lines.slice(0, MOST_LINES), ...more].map(line => `  ${line}`)].join('\n')]
}

const indented = (text: string) => text.replaceAll(/^/gm, '  ')

const outcomes: Record<RestoreReport['outcome'], string> = {
  planned: 'Would produce',
  restored: 'Restored',
  unfinished: 'Unfinished: produced',
  failed: 'Failed: produced',
}

function outcomeText(report: RestoreReport): string {
  const { outcome, topics, started, ended, estimatedMs } = report
  const places = placesOf(report)
  const sum = sumOf(places)
  const number = outcome === 'planned' ? sum.records - sum.present : sum.produced
  // Bytes are those of all records that were read.
  const size = sum.present > 0 ? '' : `, ${megabytesText(sum.bytes)} MB`
  const before = sum.present > 0 ? `; ${countText(sum.present, 'record')} were there before` : ''
  const took =
    outcome === 'planned'
      ? estimatedMs === undefined
        ? ''
        : `, in about ${durationText(estimatedMs)}`
      : `, in ${durationText(ended - started)}`
  const of = `of ${countText(sum.places, 'topic-partition')} of ${countText(topics.length, 'topic')}`
  return [
    `${outcomes[outcome]} ${countText(number, 'record')}${size}, ${of}${took}${before}.`,
    ...digestTexts(report, places),
  ].join('\n')
}

/** Whether what was produced is what was read. */
function digestTexts({ outcome, problems }: RestoreReport, places: RestoredPartition[]): string[] {
  if (outcome === 'planned') {
    const refusal = problems.some(({ code }) => refusals.includes(code))
      ? ['As things are, the restore would be refused: see the problems.']
      : []
    return [...refusal, 'Nothing was changed.']
  }
  const differing = places.filter(hasOtherDigest)
  if (differing.length === 0)
    return sumOf(places).produced > 0 && outcome === 'restored'
      ? ['What was produced is what was read: the digests are equal.']
      : []
  const names = differing.slice(0, MOST_LINES).map(({ topic, partition }) => `${topic}-${partition}`)
  return [
    `What was produced differs from what was read in ${countText(differing.length, 'topic-partition')}: ${names.join(', ')}.`,
  ]
}
