import type { TopicPartition } from '../../record.ts'
import { countText, durationText, megabytesText, numberText } from '../../restore/figures.ts'
import type { RestoreProgress } from '../../restore/progress.ts'
import { type Progress, ProgressLine } from './progress-line.ts'
import { shortened } from './shortened.ts'

/** The time that rates are told of, in milliseconds: what was long ago says little about the time that is left. */
const WINDOW_MS = 30_000

/** Characters of a topic's name that tell something. */
const SHORTEST_NAME = 8

/** Before this, a rate says nothing. */
const FIRST_RATE_MS = 1_000

/** What was restored of a topic so far. */
interface TopicState {
  topic: string
  /** Of its topic-partitions, how many were found, and how many are done. */
  found: number
  finished: number
  /** Of its objects, as they are stored. */
  bytes: number
  bytesRead: Map<number, number>
  /** When its first record was read. */
  begun?: number
  /** Records. */
  read: number
  produced: Count
}

interface Count {
  records: number
  bytes: number
}

/** What was read at a time, to tell how fast it goes. */
interface Sample extends Count {
  time: number
  bytesRead: number
}

export interface ProgressOptions {
  /** Prints a line above the progress. Absent: finished topics aren't told. */
  write?(text: string): void
  /** A dry run produces nothing, so what was read counts. */
  dryRun: boolean
  /** In milliseconds since the epoch. */
  now?(): number
  line?: Progress
}

/** How far a restore has come: a line on a terminal, and another one above it for each topic that is done. */
export class RestoreProgressLine implements RestoreProgress {
  readonly #topics = new Map<string, TopicState>()
  readonly #options: ProgressOptions
  readonly #line: Progress
  readonly #now: () => number
  #samples: Sample[] = []

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#line = options.line ?? new ProgressLine()
    this.#now = options.now ?? Date.now
  }

  found({ topic }: TopicPartition, bytes: number) {
    const state = this.#state(topic)
    state.found += 1
    state.bytes += bytes
    this.#show()
  }

  read({ topic, partition }: TopicPartition, records: number, bytesRead: number) {
    const state = this.#state(topic)
    state.begun ??= this.#now()
    state.read += records
    state.bytesRead.set(partition, bytesRead)
    this.#show()
  }

  produced({ topic }: TopicPartition, records: number, bytes: number) {
    const { produced } = this.#state(topic)
    produced.records += records
    produced.bytes += bytes
    this.#show()
  }

  finished({ topic }: TopicPartition) {
    const state = this.#state(topic)
    state.finished += 1
    if (state.finished === state.found) this.print(finishedText(state, this.#options.dryRun, this.#now()))
    this.#show()
  }

  print(text: string) {
    this.#line.clear()
    this.#options.write?.(text)
  }

  end() {
    this.#line.clear()
  }

  #state(topic: string): TopicState {
    const known = this.#topics.get(topic)
    if (known) return known
    const none = { found: 0, finished: 0, bytes: 0, bytesRead: new Map() }
    const state = { topic, ...none, read: 0, produced: { records: 0, bytes: 0 } }
    this.#topics.set(topic, state)
    return state
  }

  #show() {
    this.#line.show(
      columns => this.text(columns),
      () => this.#amount(),
    )
  }

  /** Of all objects, as they are stored: how many records they have is known only at the end. */
  #amount() {
    const topics = [...this.#topics.values()]
    const sum = (bytesOf: (topic: TopicState) => number) => topics.reduce((total, topic) => total + bytesOf(topic), 0)
    return { done: sum(bytesReadOf), total: sum(({ bytes }) => bytes), unit: 'bytes read' }
  }

  /** The line as it is now. */
  text(columns: number): string {
    const topics = [...this.#topics.values()]
    const sample = this.#sample(topics)
    const open = topics.find(({ begun, found, finished }) => begun !== undefined && finished < found)
    const done = topics.filter(({ found, finished }) => finished === found).length
    const bytes = topics.reduce((sum, topic) => sum + topic.bytes, 0)
    const tail = [
      `${percentText(sample.bytesRead, bytes)}, ${countText(sample.records, 'record')}, ${megabytesText(sample.bytes)} MB`,
      ...this.#rate(sample, bytes),
    ].join(', ')
    const head = topics.length > 1 ? `${done} of ${topics.length} topics, ` : ''
    if (!open) return head + tail
    // The only topic is the whole.
    const own = topics.length > 1 ? ` ${percentText(bytesReadOf(open), open.bytes)} · ` : ' '
    const room = columns - head.length - tail.length - own.length
    return room < SHORTEST_NAME ? head + tail : `${shortened(open.topic, room)}${own}${head}${tail}`
  }

  /** What was done until now; remembered for the rate. */
  #sample(topics: TopicState[]): Sample {
    const counts = topics.map(state => countOf(state, this.#options.dryRun))
    const sample: Sample = {
      time: this.#now(),
      records: counts.reduce((sum, { records }) => sum + records, 0),
      bytes: counts.reduce((sum, { bytes }) => sum + bytes, 0),
      bytesRead: topics.reduce((sum, topic) => sum + bytesReadOf(topic), 0),
    }
    this.#samples = [...this.#samples.filter(({ time }) => time >= sample.time - WINDOW_MS), sample]
    return sample
  }

  #rate(sample: Sample, bytes: number): string[] {
    const [first = sample] = this.#samples
    const ms = sample.time - first.time
    if (ms < FIRST_RATE_MS) return []
    const records = Math.round(((sample.records - first.records) / ms) * 1000)
    const perMs = (sample.bytesRead - first.bytesRead) / ms
    // At the end everything is read, and some of it is still to be produced.
    const left =
      perMs > 0 && sample.bytesRead < bytes ? [`${durationText((bytes - sample.bytesRead) / perMs)} left`] : []
    return [`${numberText(records)} records/s`, ...left]
  }
}

function bytesReadOf({ bytesRead }: TopicState): number {
  let sum = 0
  for (const bytes of bytesRead.values()) sum += bytes
  return sum
}

/** Never 100 % before the end: objects that aren't read, since their records are on the target, count as read then. */
function percentText(part: number, whole: number): string {
  return `${whole === 0 ? 0 : Math.min(99, Math.floor((part / whole) * 100))} %`
}

/** A dry run produces nothing: what it has read counts, as it is stored. */
function countOf(state: TopicState, dryRun: boolean): Count {
  return dryRun ? { records: state.read, bytes: bytesReadOf(state) } : state.produced
}

function finishedText(state: TopicState, dryRun: boolean, now: number): string {
  const { records, bytes } = countOf(state, dryRun)
  const time = state.begun === undefined ? '' : `, ${durationText(now - state.begun)}`
  return `✓ ${state.topic}: ${countText(records, 'record')}${dryRun ? ' read' : ''}, ${megabytesText(bytes)} MB${time}`
}
