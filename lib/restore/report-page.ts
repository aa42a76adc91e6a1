import { runsText } from '../commits/offset-notation.ts'
import { countText, durationText, megabytesText, numberText, timeText } from './figures.ts'
import { Html, html } from './html.ts'
import type { EarlierRun, RestoredGroup, RestoredPartition, RestoredTopic, RestoreReport } from './report.ts'
import { isRemarkable, placesOf, sumOf } from './report-sum.ts'
import { corruptTexts, problemText, rangeText } from './report-words.ts'

/** Rows that are shown at once; more wait behind a line that opens them. */
const MOST_OPEN = 50

/** Ranges of missing offsets that a partition shows. The report in JSON has more of them. */
const MOST_RANGES = 20

const style = new Html(`
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid #8884; }
th:first-child, td:first-child, .text { text-align: left; overflow-wrap: anywhere; }
code { font-size: .8em; overflow-wrap: anywhere; }
h2 { margin-top: 2rem; overflow-wrap: anywhere; }
.look { background: #fa03; }
.restored, .planned { color: #080; } .unfinished, .failed { color: #c00; }
@media (prefers-color-scheme: dark) { .restored, .planned { color: #5d5; } .unfinished, .failed { color: #f77; } }
`)

const outcomes: Record<RestoreReport['outcome'], string> = {
  planned: 'Dry run: nothing was changed',
  restored: 'Restored',
  unfinished: 'Unfinished',
  failed: 'Failed',
}

/** A report as a page that needs nothing else: no script, no other file, and no text of it is taken for HTML. */
export function reportPage(report: RestoreReport): string {
  const { id, outcome, topics, groups, problems, losses, earlier = [] } = report
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Restore ${id}</title>
<style>${style}</style>
<h1>Restore ${id}: <span class="${outcome}">${outcomes[outcome]}</span></h1>
${summary(report)}
${list('Runs before this one', earlier.map(earlierText))}
${list('Problems', problems.map(problemText))}
${list('What the dump can’t give back', losses)}
${topics.map(topic => topicPart(topic, outcome === 'planned'))}
${groups.length > 0 && html`<h2>Consumer groups</h2>${groups.map(groupPart)}`}
</html>
`
  return page.text
}

function earlierText({ id, outcome, started, produced, report }: EarlierRun): string {
  return `${timeText(started)}: ${outcomes[outcome]}, ${countText(produced, 'record')} produced, restore ${id} (${report}.html)`
}

function summary(report: RestoreReport): Html {
  const sum = sumOf(placesOf(report))
  const { sources, started, ended, estimatedMs } = report
  const rows: [string, string][] = [
    ['From', sources.join(', ')],
    ['Began', timeText(started)],
    ['Took', durationText(ended - started)],
    ['Topics', `${numberText(report.topics.length)}, ${countText(sum.places, 'topic-partition')}`],
    ['Records', `${numberText(sum.records)}, ${megabytesText(sum.bytes)} MB`],
    ['Produced', numberText(sum.produced)],
    ['There before', numberText(sum.present)],
    ['Missing offsets', numberText(sum.missing)],
    ['More than once in the dump', numberText(sum.duplicates)],
    ['Of these, with different content', numberText(sum.conflicts)],
    ['Objects that can’t be read', numberText(sum.corrupt)],
    ...(estimatedMs === undefined ? [] : [['Estimated time', durationText(estimatedMs)] as [string, string]]),
  ]
  return html`<table>${rows.map(([name, text]) => html`<tr><td>${name}</td><td class="text">${text}</td></tr>`)}</table>`
}

function list(heading: string, lines: readonly string[]): Html | false {
  return lines.length > 0 && html`<h2>${heading}</h2><ul>${lines.map(line => html`<li>${line}</li>`)}</ul>`
}

const states: Record<RestoredTopic['targetState'], string> = {
  created: 'created',
  present: 'there already',
  purged: 'deleted and created again',
  create: 'to be created',
}

const heads = [
  'partition',
  'records',
  'MB',
  'offsets',
  'there before',
  'produced',
  'on the target',
  'twice',
  'differing',
]
const digestHeads = ['missing', 'digest of what was read', 'digest of what was produced']

function topicPart(
  { topic, target, targetState, partitions, settings, places }: RestoredTopic,
  isPlanned: boolean,
): Html {
  const told = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const looks = places.filter(isRemarkable)
  const table = (some: RestoredPartition[]) =>
    html`<table><tr>${[...heads, ...digestHeads].map(head => html`<th>${head}</th>`)}</tr>${some.map(placeRow)}</table>`
  const folded = html`<details><summary>All ${countText(places.length, 'partition')}</summary>${table(places)}</details>`
  return html`<h2>${topic}${topic !== target && ` → ${target}`}</h2>
<p>${countText(partitions, 'partition')}, ${isPlanned && targetState === 'purged' ? 'to be deleted and created again' : states[targetState]}${told.length > 0 && `: ${told.join(', ')}`}</p>
${places.length <= MOST_OPEN ? table(places) : html`${looks.length > 0 && table(looks.slice(0, MOST_OPEN))}${folded}`}
${list('Objects that can’t be read', places.flatMap(corruptTexts))}`
}

function placeRow(place: RestoredPartition): Html {
  const { partition, records, bytes, present, produced, duplicates, conflicts, digestRead, digestProduced } = place
  const figures = [
    ...[numberText(records), megabytesText(bytes), rangeText(place.firstOffset, place.lastOffset), numberText(present)],
    ...[
      numberText(produced),
      rangeText(place.targetFirst, place.targetLast),
      numberText(duplicates),
      numberText(conflicts),
    ],
  ]
  const digests = [digestRead, digestProduced]
  return html`<tr class="${isRemarkable(place) && 'look'}"><td>${partition}</td>${figures.map(text => html`<td>${text}</td>`)}<td class="text">${missingText(place)}</td>${digests.map(digest => html`<td class="text"><code>${digest}</code></td>`)}</tr>
`
}

function missingText({ missing, missingOffsets }: RestoredPartition): string {
  if (missing.length === 0 && missingOffsets > 0) return countText(missingOffsets, 'offset')
  const more = missing.length > MOST_RANGES ? ` and ${countText(missing.length - MOST_RANGES, 'range')} more` : ''
  return runsText(missing.slice(0, MOST_RANGES)).replaceAll(',', ', ') + more
}

function groupPart({ group, outcome, positions, message }: RestoredGroup): Html {
  const figure = (number: number | undefined) => html`<td>${number !== undefined && numberText(number)}</td>`
  const rows = positions.map(
    ({ topic, partition, recorded, before, offset }) =>
      html`<tr><td>${topic}</td><td>${partition}</td>${[recorded, before, offset].map(figure)}</tr>`,
  )
  const columns = ['topic', 'partition', 'recorded', 'before', outcome === 'planned' ? 'then' : 'now']
  const table = html`<table><tr>${columns.map(head => html`<th>${head}</th>`)}</tr>${rows}</table>`
  const title = `${group}: ${outcome}${message === undefined ? '' : `, ${message}`}`
  return html`<details ${positions.length <= MOST_OPEN && 'open'}><summary>${title}</summary>${rows.length > 0 && table}</details>`
}
