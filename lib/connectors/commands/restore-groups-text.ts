import { countText, numberText } from '../../restore/figures.ts'
import type { RestoredGroup } from '../../restore/report.ts'
import { shortened } from './shortened.ts'
import { renderTable } from './table.ts'

/** Positions of a group that are told each, and groups. The report has all of them. */
const MOST_POSITIONS = 12
const MOST_GROUPS = 20

/** Characters of a topic's name, so that a row stays below 80. */
const TOPIC_LENGTH = 24

/** What became of a group, in words. */
export const groupOutcomes: Record<RestoredGroup['outcome'], string> = {
  set: 'set',
  planned: 'would be set',
  active: 'left alone, as it has members',
  unchanged: 'is there already',
  failed: 'failed',
  unknown: 'not recorded',
  undone: 'where it was before the restore',
}

/** What became of consumer groups. */
export function restoredGroupsText(groups: RestoredGroup[]): string {
  const told = groups.slice(0, MOST_GROUPS)
  const more = groups.length > told.length ? [`  and ${countText(groups.length - told.length, 'group')} more`] : []
  return ['Consumer groups:', ...told.map(groupText), ...more].join('\n')
}

function groupText({ group, outcome, positions, message }: RestoredGroup): string {
  const why = message === undefined ? '' : `: ${message}`
  const told = positions.slice(0, MOST_POSITIONS)
  const rows = told.map(({ topic, partition, recorded, before, offset }) => [
    shortened(topic, TOPIC_LENGTH),
    `${partition}`,
    ...[recorded, before, offset].map(number => (number === undefined ? '' : numberText(number))),
  ])
  const head = ['topic', 'partition', 'recorded', 'before', outcome === 'planned' ? 'then' : 'now']
  const table = renderTable(rows, { head, right: [1, 2, 3, 4] }).replaceAll(/^/gm, '    ')
  const rest = positions.length - told.length
  return [
    `  ${group}: ${groupOutcomes[outcome]}, ${countText(positions.length, 'position')}${why}`,
    ...(told.length > 0 ? [table] : []),
    ...(rest > 0 ? [`    and ${countText(rest, 'position')} more`] : []),
  ].join('\n')
}
