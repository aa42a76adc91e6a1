import { useMemo } from 'preact/hooks'
import type { ShownRecord, ShownTopic, TopicsAnswer } from '../../api/index.ts'
import { html } from '../html.ts'
import { useLive } from '../live.ts'
import { countText, numberText } from '../parts/number.ts'
import { Shown } from '../parts/shown-text.ts'
import { Trouble } from '../parts/trouble.ts'
import { go, type Route } from '../route.ts'
import { argsOf, type Choice, choiceOf, chosenOf, openedOf } from './records/choice.ts'
import { ChoiceForm } from './records/choice-form.ts'
import { Detail } from './records/detail.ts'
import { RecordList } from './records/list.ts'
import { usePages } from './records/pages.ts'

/** A topic's records: by offset, time or key, or the newest; and one of them with all that it has. */
export function Records({ route }: { route: Route }) {
  const { name, chosen } = route
  const known = useLive('topics', { name })
  const choice = withTopic(choiceOf(chosen), known.answer)
  const topic = known.answer?.topics.find(({ topic, cluster }) => topic === choice.topic && cluster === choice.cluster)
  const opened = openedOf(chosen)
  const choose = (next: Choice) => go({ screen: 'records', name, chosen: chosenOf(next) })
  return html`
    <h1>Records</h1>
    <${Trouble} of=${known} what="the topics" />
    ${!known.answer && !known.error && html`<p class="quiet">Looking for the topics …</p>`}
    ${
      known.answer &&
      html`
        <${ChoiceForm} choice=${choice} topics=${known.answer.topics} choose=${choose} />
        ${topic && html`<${TopicState} topic=${topic} />`}
      `
    }
    ${
      choice.topic !== '' &&
      html`<div class=${opened ? 'records-both' : ''}>
        <${Listed} name=${name} choice=${choice} chosen=${chosen} opened=${opened} />
        ${opened && html`<${Detail} name=${name} choice=${choice} place=${opened} chosen=${chosen} />`}
      </div>`
    }
  `
}

/** The choice with the connector's first topic, unless another one is chosen. */
function withTopic(choice: Choice, known: TopicsAnswer | undefined): Choice {
  const first = known?.topics.find(({ partitions }) => partitions.length > 0) ?? known?.topics[0]
  return choice.topic !== '' || !first ? choice : { ...choice, topic: first.topic, cluster: first.cluster }
}

const uses: Record<ShownTopic['use'], string> = {
  source: 'The connector reads it.',
  target: 'The connector writes to it, on the target cluster.',
  abnormal: 'It receives records that can’t be decoded.',
  'dead-letter': 'It receives records that can’t be delivered.',
  'on-failure': 'Lambda puts what it discards there.',
}

function TopicState({ topic: { use, partitions, unknown } }: { topic: ShownTopic }) {
  const offsets = partitions.reduce((sum, { start, end }) => sum + end - start, 0)
  if (unknown !== undefined) return html`<p class="quiet">${uses[use]} <${Shown} text=${unknown} /></p>`
  if (partitions.length === 0) return html`<p class="quiet">${uses[use]} It does not exist yet.</p>`
  const [only] = partitions.length === 1 ? partitions : []
  return html`<p class="quiet">${uses[use]} ${countText(partitions.length, 'partition')} with ${countText(offsets, 'offset')}${
    only && offsets > 0 && `, from ${numberText(only.start)} to ${numberText(only.end - 1)}`
  }.</p>`
}

interface ListedProps {
  name: string
  choice: Choice
  chosen: Record<string, string>
  opened?: { partition: number; offset: number }
}

function Listed({ name, choice, chosen, opened }: ListedProps) {
  const isNewest = choice.offset === '' && choice.time === '' && choice.key === ''
  const isFollowing = isNewest && chosen.follow === '1'
  const args = useMemo(() => argsOf(name, choice), [name, JSON.stringify(choice)])
  const live = useLive('records', isFollowing ? args : undefined)
  const pages = usePages(isFollowing ? undefined : args)
  const { page, isBusy, error, since, searched, left } = pages
  const records: ShownRecord[] = isFollowing ? (live.answer?.records ?? []) : page.records
  const trouble = isFollowing ? live : { error, since }
  const isLoading = isFollowing ? !live.answer && !live.error : isBusy
  const hrefChosen = { ...chosenOf(choice), follow: isFollowing ? '1' : '' }
  const follow = () =>
    go({ screen: 'records', name, chosen: { ...chosenOf(choice), follow: isFollowing ? '' : '1' } }, { replace: true })
  return html`
    <section aria-label="Records" class="records-listed">
      <div class="row records-bar">
        ${isNewest && html`<label class="records-follow"><input type="checkbox" checked=${isFollowing} onChange=${follow} /> Follow the newest</label>`}
        ${!isFollowing && html`<button type="button" onClick=${pages.again}>Look again</button>`}
        ${choice.key !== '' && html`<${Search} searched=${searched} left=${left} isBusy=${isBusy} stop=${pages.stop} goOn=${() => pages.show(pages.index)} canGoOn=${!isBusy && page.next != null && records.length < (args?.limit ?? 0)} />`}
      </div>
      <${Trouble} of=${trouble} what="the records" />
      ${records.length > 0 && html`<${RecordList} records=${records} name=${name} chosen=${hrefChosen} opened=${opened} />`}
      ${records.length === 0 && html`<p class="quiet" role="status">${isLoading ? 'Looking for records …' : page.next === null || isFollowing ? emptyText(choice) : ''}</p>`}
      ${!isFollowing && html`<${Paging} pages=${pages} isNewest=${choice.offset === '' && choice.time === ''} />`}
    </section>
  `
}

function emptyText({ key, offset, time }: Choice): string {
  if (key !== '') return 'There is no record with this key.'
  return offset === '' && time === '' ? 'The topic has no records.' : 'There are no records from there on.'
}

interface SearchProps {
  searched: number
  left: number
  isBusy: boolean
  canGoOn: boolean
  stop(): void
  goOn(): void
}

function Search({ searched, left, isBusy, canGoOn, stop, goOn }: SearchProps) {
  return html`
    <span class="quiet">Looked at ${countText(searched, 'offset')}${left > 0 && `, ${numberText(left)} are left`}</span>
    ${isBusy && html`<button type="button" onClick=${stop}>Stop</button>`}
    ${canGoOn && html`<button type="button" onClick=${goOn}>Search on</button>`}
  `
}

function Paging({ pages, isNewest }: { pages: ReturnType<typeof usePages>; isNewest: boolean }) {
  const { index, page, isBusy, show } = pages
  const [back, on] = isNewest ? ['Newer', 'Older'] : ['Earlier', 'Later']
  if (index === 0 && !page.next) return null
  return html`
    <div class="row records-paging">
      <button type="button" disabled=${index === 0} onClick=${() => show(index - 1)}>${back}</button>
      <span class="quiet">Page ${index + 1}</span>
      <button type="button" disabled=${!page.next || isBusy} onClick=${() => show(index + 1)}>${on}</button>
    </div>
  `
}
