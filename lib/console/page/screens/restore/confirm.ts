import type { RestorableAnswer, RestoreOptionsGiven } from '../../../api/index.ts'
import { act } from '../../act.ts'
import { html } from '../../html.ts'
import { Dialog } from '../../parts/dialog.ts'
import { countText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'

interface ConfirmProps {
  name: string
  options: RestoreOptionsGiven
  answer?: RestorableAnswer
  close(): void
}

/** Says what a restore will do, and asks for the name: of the topics that it deletes, otherwise of the connector. */
export function RestoreDialog({ name, options, answer, close }: ConfirmProps) {
  const { purge = [] } = options
  const typed = purge.length > 0 ? purge.join(',') : name
  const action = options.undo
    ? 'Set groups back'
    : options['groups-only']
      ? 'Set groups'
      : purge.length > 0
        ? 'Delete and restore'
        : 'Restore'
  const perform = (confirmed?: string) => act('restore', { name, options }, confirmed)
  return html`
    <${Dialog} title=${action} action=${action} typed=${typed} perform=${perform} close=${close}>
      ${sentencesOf(options, answer).map(sentence => html`<p class="restore-sentence"><${Shown} text=${sentence} /></p>`)}
    <//>
  `
}

function sentencesOf(options: RestoreOptionsGiven, answer?: RestorableAnswer): string[] {
  const cluster = options.to ?? answer?.target.join(', ') ?? 'the target'
  if (options.undo)
    return [
      `Sets the consumer groups of restore ${options.id} on ${cluster} back to what they had before it set them the last time. Positions and groups that were not there are removed.`,
      'Groups with members are left alone.',
    ]
  const groups = groupsOf(options, answer?.recorded !== undefined)
  if (options['groups-only']) return [`Produces nothing on ${cluster}. ${groups}`]
  const { purge = [], rename = [] } = options
  return [
    ...(purge.length > 0
      ? [
          `Deletes ${countText(purge.length, 'topic')} on ${cluster} with all records, and creates ${purge.length === 1 ? 'it' : 'them'} again: ${purge.join(', ')}.`,
        ]
      : []),
    `Produces the records of ${options.topics?.replaceAll(',', ', ') ?? 'all topics of the dump'} to ${cluster}${rename.length > 0 ? `, as ${rename.map(pair => pair.replace('=', ' → ')).join(', ')}` : ''}${boundsOf(options)}. ${options.append ? 'Topics that have other records get these after them.' : 'Topics that have other records refuse it.'}`,
    groups,
    `${options.remote ? 'The deployed function does it.' : 'This console does it, and ends it when it is closed.'} No record comes twice when it continues.`,
  ]
}

function boundsOf({ partitions, offsets, since, until, keys }: RestoreOptionsGiven): string {
  const bounds = [
    partitions && `partitions ${partitions}`,
    offsets && `offsets ${offsets.join(',')}`,
    since && `from ${since} on`,
    until && `before ${until}`,
    keys && 'with the given keys',
  ].filter(Boolean)
  return bounds.length > 0 ? `: ${bounds.join(', ')}` : ''
}

function groupsOf({ groups, 'group-names': names, partitioner }: RestoreOptionsGiven, areRecorded: boolean): string {
  const which = names
    ? `The consumer groups ${names.replaceAll(',', ', ')}`
    : 'Recorded consumer groups without members'
  if (groups === 'none' || (groups === undefined && partitioner !== undefined)) return 'Consumer groups are left alone.'
  if (groups === undefined && !areRecorded) return 'No consumer groups were recorded beside the dump, so none are set.'
  if (groups === undefined) return `${which} continue at the record that they would have read next.`
  const words: Record<string, string> = { earliest: 'at the first restored record', latest: 'after the last one' }
  return `${which} continue ${words[groups] ?? `at the first record from ${groups} on`}.`
}
