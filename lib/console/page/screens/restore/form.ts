import type { RestorableAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText } from '../../parts/number.ts'
import { shownText } from '../../parts/shown-text.ts'
import { Ago } from '../../parts/time.ts'
import type { Choice, Present, Strategy } from './choice.ts'
import { Check, Choose, Field } from './field.ts'
import { Topics } from './topics.ts'

interface FormProps {
  answer: RestorableAnswer
  choice: Choice
  change(choice: Choice): void
  plan(): void
  /** Whether a restore is running. */
  isBusy: boolean
}

/** Chooses what is restored, and how. */
export function ChoiceForm({ answer, choice, change, plan, isBusy }: FormProps) {
  const set = (part: Partial<Choice>) => change({ ...choice, ...part })
  const submit = (event: Event) => {
    event.preventDefault()
    plan()
  }
  return html`
    <form class="restore-form" onSubmit=${submit}>
      <${Topics} answer=${answer} choice=${choice} set=${set} />
      <div class="restore-parts">
        <${Records} choice=${choice} set=${set} />
        <${Target} answer=${answer} choice=${choice} set=${set} />
        <${Groups} answer=${answer} choice=${choice} set=${set} />
      </div>
      <div class="row">
        <button type="submit" class="primary" disabled=${isBusy}>Plan</button>
        <span class="quiet">Reads everything, says what would be produced, and changes nothing.</span>
      </div>
    </form>
  `
}

interface PartProps {
  choice: Choice
  set(part: Partial<Choice>): void
}

function Records({ choice, set }: PartProps) {
  const { partitions, offsets, since, until, keys } = choice
  return html`
    <fieldset class="panel">
      <legend>Records</legend>
      <${Field} label="Partitions" value=${partitions} set=${(partitions: string) => set({ partitions })} placeholder="all, or 0,2,5-7" />
      <${Field} label="Offsets" value=${offsets} set=${(offsets: string) => set({ offsets })} placeholder="all, or orders-0:3,50-60" />
      <${Field} label="From" type="datetime-local" value=${since} set=${(since: string) => set({ since })} />
      <${Field} label="Before" type="datetime-local" value=${until} set=${(until: string) => set({ until })} />
      <${Field} label="Keys" value=${keys} set=${(keys: string) => set({ keys })} placeholder="all, or texts with commas" />
    </fieldset>
  `
}

const partitioners = {
  '': 'same as in the dump',
  key: 'by key, as Kafka’s producer',
  'round-robin': 'one after the other',
}

const presents: Record<Present, string> = {
  refuse: 'refuse to restore',
  append: 'produce after them',
  purge: 'delete the topic first, with its records',
}

function Target({ answer, choice, set }: PartProps & { answer: RestorableAnswer }) {
  const { to, partitioner, present, strict, skipCorrupt, id, remote, topics } = choice
  return html`
    <fieldset class="panel">
      <legend>Target</legend>
      <${Field} label="Cluster" value=${to} set=${(to: string) => set({ to })} placeholder=${answer.target.join(',') || 'host:port'} />
      <${Choose} label="Partition on the target" value=${partitioner} choices=${partitioners} set=${(partitioner: string) => set({ partitioner })} />
      <${Choose} label="If a target topic has other records" value=${present} choices=${presents} set=${(present: Present) => set({ present })} />
      ${present === 'purge' && topics.length === 0 && html`<p class="problem" role="alert">Tick the topics above: only topics that are named are deleted.</p>`}
      <${Check} label="Refuse when offsets are missing" value=${strict} set=${(strict: boolean) => set({ strict })} />
      <${Check} label="Continue without objects that can’t be read" value=${skipCorrupt} set=${(skipCorrupt: boolean) => set({ skipCorrupt })} />
      <${Field} label="Name of the restore" value=${id} set=${(id: string) => set({ id })} placeholder="by dump and names" />
      ${answer.hasFunction && html`<${Check} label="Have the deployed function restore" value=${remote} set=${(remote: boolean) => set({ remote })} />`}
    </fieldset>
  `
}

const strategies: Record<Strategy, string> = {
  '': 'where they were recorded',
  earliest: 'at the first restored record',
  latest: 'after the last restored record',
  time: 'at the first record from a time on',
  none: 'leave them alone',
  recorded: '',
}

function Groups({ answer, choice, set }: PartProps & { answer: RestorableAnswer }) {
  const { recorded, moreGroups } = answer
  const { strategy, groupsTime, groupNames, groupsOnly } = choice
  const { recorded: _, ...choices } = strategies
  const number = (recorded?.groups.length ?? 0) + moreGroups
  return html`
    <fieldset class="panel">
      <legend>Consumer groups</legend>
      ${
        recorded
          ? html`<p class="quiet">${countText(number, 'group')} recorded <${Ago} time=${recorded.time} />.</p>`
          : html`<p class="quiet">The dump has no positions of groups: <code>recordConsumerOffsets</code> records them. Groups that are named can be set all the same.</p>`
      }
      <${Choose} label="Where they continue" value=${strategy} choices=${choices} set=${(strategy: Strategy) => set({ strategy })} />
      ${strategy === 'time' && html`<${Field} label="Time" type="datetime-local" required=${true} value=${groupsTime} set=${(groupsTime: string) => set({ groupsTime })} />`}
      <${Field} label="Groups" value=${groupNames} set=${(groupNames: string) => set({ groupNames })} placeholder="all that were recorded" list="restore-groups" />
      <datalist id="restore-groups">${recorded?.groups.map(group => html`<option value=${shownText(group)} />`)}</datalist>
      <${Check} label="Only set groups, of records that are restored already" value=${groupsOnly} set=${(groupsOnly: boolean) => set({ groupsOnly })} />
    </fieldset>
  `
}
