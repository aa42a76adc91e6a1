import type { CoverageAnswer, CoverageRun, Coverage as PartitionCoverage } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { useLive } from '../../live.ts'
import { bytesText, countText, numberText } from '../../parts/number.ts'
import { Shown, shownText } from '../../parts/shown-text.ts'
import { Ago } from '../../parts/time.ts'
import { Trouble } from '../../parts/trouble.ts'
import { go, hrefOf } from '../../route.ts'
import { Pages } from './pages.ts'
import { Legend, offsetsText, Strip } from './strip.ts'
import { chosenNumber, type ViewProps } from './view.ts'

/** Partitions of a page, as the server has them. */
const PAGE = 50

/** Which offsets of each partition are in objects. */
export function Coverage({ name, chosen }: ViewProps) {
  const { topic, troubled } = chosen
  const after = chosenNumber(chosen.after)
  const live = useLive('coverage', { name, topic, troubled: troubled === undefined ? undefined : true, after })
  const { answer } = live
  if (!answer)
    return html`<${Trouble} of=${live} what="the objects" />${!live.error && html`<p class="quiet">Looking through the bucket …</p>`}`
  return html`
    <${Trouble} of=${live} what="the objects" />
    <${Sums} name=${name} answer=${answer} />
    <${Choice} name=${name} chosen=${chosen} answer=${answer} />
    ${answer.partitions.length > 0 && html`<${Legend} /><${Partitions} name=${name} chosen=${chosen} answer=${answer} />`}
    ${answer.partitions.length === 0 && html`<p>${nothingText(answer, troubled !== undefined)}</p>`}
    <${Quarantined} name=${name} answer=${answer} />
  `
}

function nothingText({ known }: CoverageAnswer, isTroubled: boolean): string {
  if (isTroubled && known.partitions > 0) return 'No partition has gaps or overlaps.'
  return 'There are no objects yet: the first one comes with the first batch of records.'
}

function Sums({ name, answer: { total, known, isCut, read } }: { name: string; answer: CoverageAnswer }) {
  const { objects, bytes, staged, stagedBytes, oldestStaged } = total
  return html`
    <p class="row">
      <span><strong>${countText(objects, 'object')}</strong>, ${bytesText(bytes)}, ${countText(known.partitions, 'partition')}</span>
      ${
        staged > 0 &&
        html`<span>${countText(staged, 'staged batch', 'staged batches')}, ${bytesText(stagedBytes)}${
          oldestStaged !== undefined && html`, the oldest from <${Ago} time=${oldestStaged} />`
        }</span>`
      }
      <span class=${known.troubled > 0 ? 'problem' : 'quiet'}>${
        known.troubled > 0
          ? `${countText(known.troubled, 'partition')} with gaps or overlaps`
          : isCut
            ? ''
            : 'no gaps, no overlaps'
      }</span>
      <span class="quiet">as of <${Ago} time=${read} /></span>
    </p>
    ${
      isCut &&
      html`<p class="trouble">There are more than 100,000 objects, and only the first ones are looked at here, so sums and gaps are
        not complete. Choose a topic, or run <code>npx serverless connectors objects --name ${name} --gaps</code>, which goes through
        all.</p>`
    }
  `
}

function Choice({ name, chosen, answer }: ViewProps & { answer: CoverageAnswer }) {
  const choose = (more: Record<string, string>) =>
    go({ screen: 'objects', name, chosen: { ...chosen, after: '', ...more } }, { replace: true })
  const topics = [...new Set([...(chosen.topic === undefined ? [] : [chosen.topic]), ...answer.topics])]
  if (topics.length < 2 && chosen.topic === undefined && answer.known.partitions < 2) return null
  return html`
    <form class="fields" onSubmit=${(event: Event) => event.preventDefault()}>
      ${
        (topics.length > 1 || chosen.topic !== undefined) &&
        html`<label>Topic
        <select value=${chosen.topic ?? ''} onChange=${(event: Event) => choose({ topic: (event.target as HTMLSelectElement).value })}>
          <option value="">all</option>
          ${topics.map(topic => html`<option value=${topic}>${shownText(topic)}</option>`)}
        </select>
      </label>`
      }
      <label class="objects-check">
        <input type="checkbox" checked=${chosen.troubled !== undefined} onChange=${(event: Event) => choose({ troubled: (event.target as HTMLInputElement).checked ? '1' : '' })} />
        <span>only partitions with gaps or overlaps</span>
      </label>
    </form>
  `
}

function Partitions({ name, chosen, answer }: ViewProps & { answer: CoverageAnswer }) {
  const { partitions, known } = answer
  const of = chosen.troubled === undefined ? known.partitions : known.troubled
  const end = (chosenNumber(chosen.after) ?? 0) + partitions.length
  return html`
    <table class="objects-partitions">
      <thead>
        <tr>
          <th scope="col">Partition</th>
          <th scope="col" class="number">Objects</th>
          <th scope="col" class="number">Size</th>
          <th scope="col" class="number">Missing</th>
        </tr>
      </thead>
      ${partitions.map(covered => html`<${Partition} key=${`${covered.topic}/${covered.partition}`} name=${name} covered=${covered} />`)}
    </table>
    <${Pages} name=${name} chosen=${chosen} what="partitions" shown=${partitions.length} of=${of} next=${end < of ? end : undefined} page=${PAGE} />
  `
}

function Partition({ name, covered }: { name: string; covered: PartitionCoverage }) {
  const { topic, partition, objects, bytes, missing, repeated, runs } = covered
  const href = hrefOf({ screen: 'objects', name, chosen: { topic, partition: String(partition) } })
  return html`
    <tbody>
      <tr>
        <th scope="rowgroup"><a href=${href}><${Shown} text=${topic} /> ${partition === 'all' ? 'all partitions' : partition}</a></th>
        <td class="number">${numberText(objects)}</td>
        <td class="number">${bytesText(bytes)}</td>
        <td class="number ${missing > 0 ? 'problem' : 'quiet'}">${numberText(missing)}${repeated > 0 && html`<br /><span class="objects-repeated">${numberText(repeated)} twice</span>`}</td>
      </tr>
      <tr>
        <td colspan="4">
          ${runs.length > 0 && html`<${Strip} label=${labelOf(covered)} runs=${runs} choose=${(run: CoverageRun) => openRun(name, covered, run)} />`}
          <${Notes} covered=${covered} />
        </td>
      </tr>
    </tbody>
  `
}

function Notes({ covered: { runs, staged, earlier, isUnderWay } }: { covered: PartitionCoverage }) {
  const first = runs.reduce((least, { firstOffset }) => Math.min(least, firstOffset), Number.POSITIVE_INFINITY)
  const last = runs.reduce((most, { lastOffset }) => Math.max(most, lastOffset), 0)
  const parts = [
    ...(runs.length > 0 ? [offsetsText(first, last)] : ['objects that mix partitions; follow the link for the list']),
    ...(staged > 0 ? [`${numberText(staged)} staged`] : []),
    ...(isUnderWay ? ['objects are being written now'] : []),
    ...(earlier === undefined ? [] : [`what is before offset ${numberText(earlier)} was written without rotation`]),
  ]
  return html`<div class="quiet objects-notes">${parts.join(', ')}</div>`
}

function labelOf({ topic, partition, objects, staged, runs, missing, repeated }: PartitionCoverage): string {
  const count = (kind: string) => runs.reduce((sum, run) => sum + (run.kind === kind ? run.count : 0), 0)
  const troubles = [
    ...(missing > 0 ? [`${countText(count('gap'), 'gap')} of ${countText(missing, 'offset')}`] : []),
    ...(repeated > 0 ? [`${countText(count('overlap'), 'overlap')} of ${countText(repeated, 'offset')}`] : []),
  ]
  const waits = staged > 0 ? `, ${countText(staged, 'staged batch', 'staged batches')}` : ''
  return `${shownText(topic)}, partition ${partition}: ${countText(objects, 'object')}${waits}, ${troubles.join(', ') || 'no gaps'}`
}

/** Opens a single object, or shows a run of several entries in more detail. */
function openRun(
  name: string,
  { topic, partition }: PartitionCoverage,
  { key, firstOffset, lastOffset }: CoverageRun,
): void {
  const closer = { topic, partition: String(partition), first: String(firstOffset), last: String(lastOffset) }
  go({ screen: 'objects', name, chosen: key === undefined ? closer : { key } })
}

function Quarantined({ name, answer: { quarantined, total } }: { name: string; answer: CoverageAnswer }) {
  if (quarantined.length === 0) return null
  return html`
    <h2>In quarantine</h2>
    <p>Compaction has put ${countText(total.quarantined, 'staged batch', 'staged batches')} aside, because they are damaged or have other
      records than the objects. Nothing deletes them: open one to see why, and what is in it.</p>
    <div class="scroll">
      <table>
        <thead><tr><th scope="col">Batch</th><th scope="col" class="number">Size</th><th scope="col">Put aside</th></tr></thead>
        <tbody>
          ${quarantined.map(
            ({ key, bytes, quarantined }) => html`<tr>
              <td class="mono"><a href=${hrefOf({ screen: 'objects', name, chosen: { key } })}><${Shown} text=${key} /></a></td>
              <td class="number">${bytesText(bytes)}</td>
              <td><${Ago} time=${quarantined} /></td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${total.quarantined > quarantined.length && html`<p class="quiet">The newest ${numberText(quarantined.length)} are shown.</p>`}
  `
}
