import type { ConnectorHealth } from '../../health/model.ts'
import { fittedRows } from './fitted-rows.ts'
import { ageText, agoText, figureText, findingText, stateText, wrapped } from './health-text.ts'

const head = [
  ...['connector', 'type', 'state', 'lag', 'oldest unread', 'in/min', 'out/min'],
  ...['failed 24 h', 'last success'],
]

/** The columns of numbers. */
const right = [3, 4, 5, 6, 7, 8]

/**
 * A row for each connector, and below it why its state is not RUNNING. Where the terminal is too narrow for the table, each
 * connector has a paragraph.
 *
 * @param columns of the terminal; undefined where there is none
 */
export function listText(connectors: ConnectorHealth[], columns: number | undefined, now: number): string {
  if (connectors.length === 0) return 'No connector is declared.'
  const rows = connectors.map(connector => rowOf(connector, now))
  const { header, texts } = fittedRows({ head, rows, right, titles: 3 }, columns)
  const below = connectors.map(connector => remarksOf(connector, columns))
  const shown = texts.flatMap((text, index) => [text, ...(below[index] ?? [])])
  return (header === undefined ? shown : [header, ...shown]).join('\n')
}

function rowOf(connector: ConnectorHealth, now: number): string[] {
  const { unknown, lag, oldestUnreadAgeMs, lastSuccess } = connector
  return [
    ...[connector.name, connector.type, stateText(connector.state)],
    unknown.exactLag === undefined ? figureText(lag, unknown.lag) : `~${figureText(lag)}`,
    ageText(oldestUnreadAgeMs, unknown.oldestUnread),
    figureText(connector.recordsInPerMinute, unknown.recordsInPerMinute),
    figureText(connector.recordsOutPerMinute, unknown.recordsOutPerMinute),
    figureText(connector.failed24h, unknown.failed24h),
    agoText(lastSuccess, now, unknown.lastSuccess),
  ]
}

/** All that was found, and what is not known, each reason once. */
function remarksOf({ state, findings, unknown }: ConnectorHealth, columns: number | undefined): string[] {
  const found = state === 'RUNNING' ? [] : findings.map(findingText)
  const reasons = Map.groupBy(Object.keys(unknown), field => unknown[field] ?? '')
  // The reason is the finding itself.
  const others = [...reasons].filter(([reason]) => !found.some(text => text.includes(reason)))
  const missing = others.map(([reason, fields]) => `not known: ${fields.map(fieldText).join(', ')}: ${reason}`)
  return [...found, ...missing].map(text => wrapped(text, columns, '  '))
}

/** `oldestUnread` → `oldest unread`. */
export function fieldText(field: string): string {
  return field.replaceAll(/([A-Z])/g, ' $1').toLowerCase()
}
