import type { CompanionHealth, DescribedConnector, StagedHealth } from '../../health/model.ts'
import { states } from '../../health/state.ts'
import { countText, numberText } from './count-text.ts'
import { fittedText } from './fitted-rows.ts'
import {
  ageText,
  agoText,
  failureText,
  figureText,
  findingText,
  NONE,
  NOT_KNOWN,
  type Shown,
  stateText,
  wrapped,
} from './health-text.ts'
import { fieldText } from './list-text.ts'
import { partitionsText } from './partitions-text.ts'
import { renderTable } from './table.ts'

/** Everything about a connector for people. */
export function describeText(connector: DescribedConnector, shown: Shown): string {
  const { name, type, state, companions } = connector
  const advice = state === 'RUNNING' ? [] : [wrapped(`What to do: ${adviceOf(connector)}`, shown.columns, '  ')]
  return [
    [
      `${name}  ${type}  ${stateText(state)}`,
      ...connector.findings.map(finding => wrapped(findingText(finding), shown.columns, '  ')),
      ...advice,
    ].join('\n'),
    renderTable(figuresOf(connector, shown)),
    mappingsText(connector),
    partitionsText(connector.partitions, shown),
    companions.length > 0
      ? fittedText(
          { head: companionHead, rows: companions.map(one => companionRow(one, shown.now)), titles: 1 },
          shown.columns,
        )
      : '',
    unknownText(connector, shown),
  ]
    .filter(part => part !== '')
    .join('\n\n')
}

function adviceOf({ name, state }: DescribedConnector): string {
  return states[state].advice.replaceAll('--name X', `--name ${name}`)
}

function figuresOf(connector: DescribedConnector, { now, columns }: Shown): string[][] {
  const { unknown, lag, oldestUnread, staged, newestCheckpoint, lastError, stops24h } = connector
  const oldest =
    oldestUnread === null ? '' : `, the oldest of ${oldestUnread}, ${ageText(connector.oldestUnreadAgeMs)} old`
  const per = (rate: number | null, field: string) => figureText(rate, unknown[field])
  const stops = stops24h ? `; partitions stopped ${countText(stops24h, 'time')}` : ''
  const rows = [
    ['unread', lag === null ? figureText(lag, unknown.lag) : `${countText(lag, 'record')}${oldest}`],
    [
      'records a minute',
      `${per(connector.recordsInPerMinute, 'recordsInPerMinute')} in, ${per(connector.recordsOutPerMinute, 'recordsOutPerMinute')} out`,
    ],
    ['failed in 24 h', `${figureText(connector.failed24h, unknown.failed24h)}${stops}`],
    ['last success', timeAndAge(connector.lastSuccess, now, unknown.lastSuccess)],
    ['last error', lastError ? `${lastError.time}, ${failureText(lastError)}` : unknown.lastError ? NOT_KNOWN : NONE],
    ...(staged ? [['staged', stagedText(staged)]] : []),
    ...(newestCheckpoint ? [['newest checkpoint', timeAndAge(newestCheckpoint, now)]] : []),
  ]
  const indentation = ' '.repeat('newest checkpoint   '.length)
  return rows.map(([name = '', text = '']) => [name, wrapped(text, columns, indentation).replaceAll(indentation, '')])
}

function stagedText({ objects, oldestAgeMs }: StagedHealth): string {
  if (objects === 0) return 'nothing waits for compaction'
  return `${numberText(objects)} ${objects === 1 ? 'batch waits' : 'batches wait'} for compaction, the oldest ${ageText(oldestAgeMs)} old`
}

function timeAndAge(time: string | null, now: number, unknown?: string): string {
  return time === null ? agoText(time, now, unknown) : `${time}, ${agoText(time, now)}`
}

function mappingsText({ mappings }: DescribedConnector): string {
  const rows = mappings.map(({ topic, state, lastResult }) => [topic, state, lastResult ?? NONE])
  return rows.length > 0 ? renderTable(rows, { head: ['topic', 'mapping', 'last result'] }) : ''
}

const companionHead = ['companion', 'last run', 'result']

function companionRow(
  { function: file, ok, lastRun, lastError, result, unknown }: CompanionHealth,
  now: number,
): string[] {
  const counts = Object.entries(result).map(([name, value]) => `${fieldText(name)} ${valueText(value)}`)
  const told = lastError ? failureText(lastError) : counts.length > 0 ? counts.join(', ') : ok ? 'ok' : NONE
  return [file, agoText(lastRun, now, unknown.lastRun), ok === null ? (unknown.lastRun ?? NONE) : told]
}

const valueText = (value: unknown) => (Array.isArray(value) ? String(value.length) : String(value))

function unknownText({ unknown }: DescribedConnector, { columns }: Shown): string {
  return Object.entries(unknown)
    .map(([field, reason]) => wrapped(`${fieldText(field)} is not known: ${reason}`, columns, ''))
    .join('\n')
}
