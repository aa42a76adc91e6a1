import { styleText } from 'node:util'
import type { Change, Mark } from './change.ts'
import type { ConnectorPlan, Plan } from './plan.ts'

type Style = Parameters<typeof styleText>[0]

const signs: Record<Mark, { sign: string; style: Style }> = {
  add: { sign: '+', style: 'green' },
  change: { sign: '~', style: 'yellow' },
  remove: { sign: '-', style: 'red' },
  caution: { sign: '!', style: 'yellow' },
  refused: { sign: '!', style: ['red', 'bold'] },
  note: { sign: ' ', style: 'dim' },
}

/** A plan as lines for people. Colours appear only where the standard output shows them. */
export function planText({ connectors, service }: Plan): string {
  const spoken = connectors.filter(({ changes, state }) => changes.length > 0 || state !== 'unchanged')
  const unchanged = connectors.filter(connector => !spoken.includes(connector)).map(({ name }) => name)
  return [
    ...spoken.map(connectorText),
    ...(service.length > 0 ? [['the service', ...service.map(changeLine)].join('\n')] : []),
    ...(unchanged.length > 0 ? [`unchanged: ${unchanged.join(', ')}`] : []),
  ].join('\n\n')
}

const states: Record<ConnectorPlan['state'], string> = {
  new: ', new',
  changed: '',
  removed: ', no longer declared',
  unchanged: '',
}

function connectorText({ name, kind, state, changes }: ConnectorPlan): string {
  return [`${styleText('bold', name)} (${kind}${states[state]})`, ...together(changes).map(changeLine)].join('\n')
}

/** What shares a line where it comes or goes for the same reason. */
const NOUN = /^(function|alarm|mapping) /

function together(changes: Change[]): Change[] {
  const groups = Map.groupBy(changes, ({ mark, what, note }) => {
    const noun = NOUN.exec(what)?.[1]
    return JSON.stringify([mark, noun && (mark === 'add' || mark === 'remove') ? noun : what, note])
  })
  return [...groups.values()].flatMap(group => {
    const [first] = group
    const noun = first && NOUN.exec(first.what)?.[1]
    if (!first || !noun || group.length === 1) return group
    return [{ ...first, what: `${noun}s ${group.map(({ what }) => what.slice(noun.length + 1)).join(', ')}` }]
  })
}

/** One line, such as `~ window 5 → 30 s`. */
export function changeLine({ mark, what, from, to, unit, note }: Change): string {
  const { sign, style } = signs[mark]
  const values =
    from === undefined && to === undefined
      ? ''
      : ` ${valuesText(from, to)}${unit && to !== undefined ? ` ${unit}` : ''}`
  return `  ${styleText(style, sign)} ${what}${values}${note ? `: ${note}` : ''}`
}

function valuesText(from: string | undefined, to: string | undefined): string {
  return `${from ?? 'not set'} → ${to ?? 'not set'}`
}
