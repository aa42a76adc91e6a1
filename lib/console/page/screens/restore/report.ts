import type { ShownGroupRestore, ShownRestore, ShownTopicRestore } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { bytesText, countText, numberText } from '../../parts/number.ts'
import { Shown } from '../../parts/shown-text.ts'
import { durationText } from '../../parts/time.ts'

/** What a restore has done, or would do. */
export function Report({ report }: { report: ShownRestore }) {
  const { topics, moreTopics, groups, moreGroups } = report
  return html`
    <p class="restore-outcome"><strong>${outcomeOf(report)}</strong> ${digestOf(report)}</p>
    <${Refusals} codes=${report.refusals} />
    <${Lines} title="Problems" lines=${report.problems} more=${report.moreProblems} />
    ${topics.map(topic => html`<${Topic} key=${topic.topic} topic=${topic} isPlanned=${report.outcome === 'planned'} />`)}
    ${moreTopics > 0 && html`<p class="quiet">and ${countText(moreTopics, 'more topic')}, listed in the report</p>`}
    <${Lines} title="Missing offsets, which no object has (also those of transaction markers and compacted topics)" lines=${report.missing} more=${report.moreMissing} />
    <${Lines} title="Objects that can’t be read" lines=${report.corrupt} more=${report.moreCorrupt} />
    ${groups.length > 0 && html`<h3>Consumer groups</h3>${groups.map(group => html`<${Group} key=${group.group} group=${group} />`)}`}
    ${moreGroups > 0 && html`<p class="quiet">and ${countText(moreGroups, 'more group')}, listed in the report</p>`}
  `
}

const outcomes: Record<ShownRestore['outcome'], string> = {
  planned: 'Would produce',
  restored: 'Restored',
  unfinished: 'Unfinished: produced',
  failed: 'Failed: produced',
}

function outcomeOf({ outcome, topics, moreTopics, groups, sum, started, ended, estimatedMs }: ShownRestore): string {
  if (topics.length === 0 && groups.length > 0) return `${countText(groups.length, 'consumer group')}.`
  const isPlanned = outcome === 'planned'
  const number = isPlanned ? sum.records - sum.present : sum.produced
  const time = isPlanned ? estimatedMs : ended - started
  const took = time === undefined ? '' : `, in ${isPlanned ? 'about ' : ''}${durationText(time)}`
  const size = sum.present > 0 ? '' : `, ${bytesText(sum.bytes)}`
  const before =
    sum.present > 0 ? ` ${countText(sum.present, 'record')} ${sum.present === 1 ? 'was' : 'were'} there before.` : ''
  return `${outcomes[outcome]} ${countText(number, 'record')}${size}, of ${countText(sum.places, 'topic-partition')} of ${countText(topics.length + moreTopics, 'topic')}${took}.${before}`
}

/** Whether what was produced is what was read. */
function digestOf({ outcome, sum, differing }: ShownRestore): string {
  if (outcome === 'planned') return 'Nothing was changed.'
  if (differing > 0)
    return `What was produced differs from what was read in ${countText(differing, 'topic-partition')}.`
  return outcome === 'restored' && sum.produced > 0 ? 'What was produced is what was read: the digests are equal.' : ''
}

/** What a person can do when a restore is refused, in the words of the form. */
const advice: Record<string, string> = {
  RESTORE_TARGET_NOT_EMPTY:
    'Give the topic another name on the target, or choose above what happens when a target topic has other records.',
  RESTORE_TARGET_LACKS_RECORDS:
    'Delete the topic first, give it another name on the target, or produce after what is there.',
  RESTORE_OUT_OF_ORDER: 'Delete the topic first, give it another name on the target, or produce after what is there.',
  RESTORE_OFFSETS_MISSING:
    'Without refusing for missing offsets, what is there is restored, and the report names the missing ones.',
}

/** Why a plan would be refused, and what to do about it. */
function Refusals({ codes }: { codes: string[] }) {
  if (codes.length === 0) return null
  const known = [...new Set(codes.flatMap(code => advice[code] ?? []))]
  return html`<p class="problem">As things are, the restore would be refused: see the problems. ${known.join(' ')}</p>`
}

const states: Record<ShownTopicRestore['targetState'], string> = {
  created: 'created',
  present: 'there already',
  create: 'would be created',
  purged: 'deleted and created again',
}

type Place = ShownTopicRestore['places'][number]

interface Column {
  head: string
  text(place: Place): string
  /** Whether it is left out of a plan, or where nothing is in it. */
  isDone?: true
  isRare?: true
}

const rangeText = (first?: number, last?: number) =>
  first === undefined || last === undefined ? '' : `${first}-${last}`
const rareText = (count: number) => (count === 0 ? '' : numberText(count))

const columns: Column[] = [
  { head: 'Partition', text: ({ partition }) => `${partition}` },
  { head: 'Records', text: ({ records }) => numberText(records) },
  { head: 'Size', text: ({ bytes }) => bytesText(bytes) },
  { head: 'Offsets', text: ({ firstOffset, lastOffset }) => rangeText(firstOffset, lastOffset) },
  { head: 'Missing', text: ({ missingOffsets }) => rareText(missingOffsets), isRare: true },
  { head: 'Twice', text: ({ duplicates }) => rareText(duplicates), isRare: true },
  { head: 'Differing', text: ({ conflicts }) => rareText(conflicts), isRare: true },
  { head: 'There before', text: ({ present }) => rareText(present), isRare: true },
  { head: 'Produced', text: ({ produced }) => numberText(produced), isDone: true },
  { head: 'On the target', text: ({ targetFirst, targetLast }) => rangeText(targetFirst, targetLast), isDone: true },
]

function Topic({ topic: shown, isPlanned }: { topic: ShownTopicRestore; isPlanned: boolean }) {
  const { topic, target, targetState, partitions, settings, sum, places, morePlaces } = shown
  const own = columns.filter(
    ({ isDone, isRare, text }) => !(isDone && isPlanned) && !(isRare && places.every(place => text(place) === '')),
  )
  const state = isPlanned && targetState === 'purged' ? `would be ${states.purged}` : states[targetState]
  return html`
    <h3><${Shown} text=${topic} />${topic !== target && html` → <${Shown} text=${target} />`}</h3>
    <p>${countText(partitions, 'partition')}, <strong>${state}</strong>; ${countText(sum.records, 'record')}, ${bytesText(sum.bytes)}.
      ${settings.length > 0 && html` <span class="quiet"><${Shown} text=${settings.join(', ')} /></span>`}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Partitions">
      <table>
        <thead><tr>${own.map(({ head }) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead>
        <tbody>${places.map(place => html`<tr key=${place.partition}>${own.map(({ text }) => html`<td class="number">${text(place)}</td>`)}</tr>`)}</tbody>
      </table>
    </div>
    ${morePlaces > 0 && html`<p class="quiet">and ${countText(morePlaces, 'more partition')} without anything unusual</p>`}
  `
}

function Lines({ title, lines, more }: { title: string; lines: string[]; more: number }) {
  if (lines.length === 0) return null
  return html`
    <h3>${title}</h3>
    <ul class="restore-lines">${lines.map(line => html`<li><${Shown} text=${line} /></li>`)}${more > 0 && html`<li class="quiet">and ${numberText(more)} more, listed in the report</li>`}</ul>
  `
}

function Group({ group: { group, words, outcome, message, positions, morePositions } }: { group: ShownGroupRestore }) {
  return html`
    <details>
      <summary><${Shown} text=${group} />: ${words}, ${countText(positions.length + morePositions, 'position')}${message && html`: <${Shown} text=${message} />`}</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Positions">
        <table>
          <thead><tr><th scope="col">Topic</th><th scope="col" class="number">Partition</th><th scope="col" class="number">Recorded</th><th scope="col" class="number">Before</th><th scope="col" class="number">${outcome === 'planned' ? 'Then' : 'Now'}</th></tr></thead>
          <tbody>
            ${positions.map(
              ({ topic, partition, recorded, before, offset }) => html`<tr>
                <td><${Shown} text=${topic} /></td><td class="number">${partition}</td>
                ${[recorded, before, offset].map(position => html`<td class="number">${position === undefined ? '' : numberText(position)}</td>`)}
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${morePositions > 0 && html`<p class="quiet">and ${countText(morePositions, 'more position')}, listed in the report</p>`}
    </details>
  `
}
