import type { CoverageRun, StretchEntry } from '../../../api/index.ts'
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

/** Entries of a page, as the server has them. */
const PAGE = 100

const words: Record<StretchEntry['kind'], string> = {
  object: 'object',
  staged: 'staged',
  gap: 'gap',
  overlap: 'overlap',
}

/** What covers some offsets of a partition, one by one. */
export function Stretch({ name, chosen }: ViewProps) {
  const { topic = '', trouble } = chosen
  const partition = chosen.partition === 'all' ? 'all' : (chosenNumber(chosen.partition) ?? 0)
  const [first, last] = [chosenNumber(chosen.first), chosenNumber(chosen.last)]
  const after = chosenNumber(chosen.after) ?? 0
  const live = useLive('stretch', {
    ...{ name, topic, partition, first, last, after },
    trouble: trouble === undefined ? undefined : true,
  })
  const { answer } = live
  const place = `${shownText(topic)}, ${partition === 'all' ? 'all partitions' : `partition ${partition}`}`
  return html`
    <p class="objects-path"><a href=${hrefOf({ screen: 'objects', name })}>Coverage</a> <span aria-hidden="true">/</span>${' '}
      <a href=${hrefOf({ screen: 'objects', name, chosen: { topic, partition: String(partition) } })}>${place}</a></p>
    <${Trouble} of=${live} what="these objects" />
    <${Offsets} key=${`${first}/${last}/${trouble}`} name=${name} chosen=${chosen} />
    ${!answer && !live.error && html`<p class="quiet">Looking through the bucket …</p>`}
    ${
      answer &&
      answer.runs.length > 0 &&
      html`<${Legend} /><${Strip} label=${`${place}: ${countText(answer.count, 'entry', 'entries')}, listed below`} runs=${answer.runs} choose=${(run: CoverageRun) => open(name, chosen, run)} />`
    }
    ${answer && answer.count === 0 && html`<p>There is nothing at these offsets.</p>`}
    ${
      answer &&
      answer.count > 0 &&
      html`<${Entries} name=${name} entries=${answer.entries} />
        <${Pages} name=${name} chosen=${chosen} what="entries" shown=${answer.entries.length} of=${answer.count} next=${after + PAGE < answer.count ? after + PAGE : undefined} page=${PAGE} />`
    }
  `
}

/** Opens a single object, or shows a run of several entries in more detail. */
function open(name: string, chosen: ViewProps['chosen'], { key, firstOffset, lastOffset }: CoverageRun): void {
  const closer = { ...chosen, first: String(firstOffset), last: String(lastOffset), after: '' }
  go({ screen: 'objects', name, chosen: key === undefined ? closer : { key } })
}

/** What is filled in stays when an answer arrives; only another choice replaces it. */
function Offsets({ name, chosen }: ViewProps) {
  const submit = (event: Event) => {
    event.preventDefault()
    const fields = new FormData(event.target as HTMLFormElement)
    const text = (field: string) => String(fields.get(field) ?? '')
    const given = { first: text('first'), last: text('last'), trouble: fields.has('trouble') ? '1' : '' }
    go({ screen: 'objects', name, chosen: { ...chosen, ...given, after: '' } })
  }
  const offset = (field: 'first' | 'last', label: string) =>
    html`<label>${label}<input name=${field} defaultValue=${chosen[field] ?? ''} inputmode="numeric" pattern="[0-9]{0,15}" size="12" autocomplete="off" /></label>`
  if (chosen.partition === 'all') return null
  return html`
    <form class="fields" onSubmit=${submit}>
      ${offset('first', 'From offset')} ${offset('last', 'To offset')}
      <label class="objects-check"><input type="checkbox" name="trouble" defaultChecked=${chosen.trouble !== undefined} /> <span>only gaps, overlaps and what is staged</span></label>
      <button type="submit">Show</button>
    </form>
  `
}

function Entries({ name, entries }: { name: string; entries: StretchEntry[] }) {
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">Offsets</th>
            <th scope="col">What</th>
            <th scope="col" class="number">Records</th>
            <th scope="col" class="number">Size</th>
            <th scope="col">Written</th>
            <th scope="col">Object</th>
          </tr>
        </thead>
        <tbody>${entries.map(entry => html`<${Entry} name=${name} entry=${entry} />`)}</tbody>
      </table>
    </div>
  `
}

function Entry({ name, entry }: { name: string; entry: StretchEntry }) {
  const { kind, firstOffset, lastOffset, key, bytes, records, written, reason, expired } = entry
  const isTrouble = kind === 'gap' || kind === 'overlap'
  return html`
    <tr>
      <td class="number">${firstOffset < 0 ? '' : offsetsText(firstOffset, lastOffset)}</td>
      <td><span class=${isTrouble ? `badge ${kind === 'gap' ? 'bad' : 'warn'}` : ''}>${words[kind]}</span>${' '}
        <span class="quiet">${[reason, expired && 'expired'].filter(Boolean).join(', ')}</span></td>
      <td class="number">${records !== undefined && numberText(records)}</td>
      <td class="number">${bytes !== undefined && bytesText(bytes)}</td>
      <td>${written !== undefined && html`<${Ago} time=${written} />`}</td>
      <td class="mono">${
        key === undefined
          ? html`<span class="quiet">${countText(lastOffset + 1 - firstOffset, 'offset')}</span>`
          : html`<a href=${hrefOf({ screen: 'objects', name, chosen: { key } })}><${Shown} text=${fileName(key)} /></a>`
      }</td>
    </tr>
  `
}

/** The folders are the same for all of a partition, or say what the name says as well. */
const fileName = (key: string) => key.split('/').at(-1) ?? key
