import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamingContext } from '../connectors/commands/command.ts'
import { errorDocumentOf } from '../connectors/commands/error-document.ts'
import type { Act } from './act.ts'
import { acts } from './acts.ts'
import type { ActName, Acts, DocumentOf, Run } from './api/index.ts'
import type { ShownService } from './shown-service.ts'

/** Runs that are remembered once they have ended. */
const KEPT = 50
/** Of these, the newest whose documents are kept whole: that of a restore of many partitions has some megabytes. */
const WHOLE = 10
/** Lines that are kept of what a run tells. */
const MAX_TOLD = 200
/** Between two states of a run that are shown, in milliseconds: a restore advances thousands of times a second. */
const CHANGE_MS = 200

interface Running {
  run: Run
  args: Acts[ActName]['args']
  cancel: AbortController
}

/** What is being done, and what was done last. Runs end with the console. */
export class Runs {
  readonly #service: ShownService
  readonly #running = new Map<string, Running>()
  readonly #changed = new EventEmitter()
  /** The whole documents of the newest runs, by their ids. */
  readonly #documents = new Map<string, unknown>()
  #all: Run[] = []
  #version = 0

  constructor(service: ShownService) {
    this.#service = service
    // One for each page that is open.
    this.#changed.setMaxListeners(0)
  }

  /** Yields all runs, and again whenever one of them has changed, but not more often than a person can see. */
  async *changes(signal: AbortSignal): AsyncGenerator<Run[]> {
    for (let seen = -1; !signal.aborted; ) {
      if (seen === this.#version) await once(this.#changed, 'change', { signal })
      seen = this.#version
      yield this.#all
      await sleep(CHANGE_MS, undefined, { signal })
    }
  }

  /** Waits until something that is being done has ended. @throws AbortError */
  async ended(signal: AbortSignal): Promise<void> {
    await once(this.#changed, 'end', { signal })
  }

  /** Begins to do something. @returns the run's id */
  start<Name extends ActName>(act: Name, args: Acts[Name]['args']): string {
    const { shownArgs } = acts[act] as Act<ActName>
    const run: Run = {
      ...{ id: randomUUID(), act, args: shownArgs?.(args) ?? args, started: Date.now(), ended: null, state: 'running' },
      ...{ progress: null, told: [], document: null, error: null },
    }
    const running = { run, args, cancel: new AbortController() }
    this.#running.set(run.id, running)
    this.#all = [run, ...this.#all].filter((one, index) => index < KEPT || one.ended === null)
    this.#change()
    this.#perform(running)
    return run.id
  }

  /** The whole document of one of the newest runs of an act; undefined when it has none, or not any more. */
  documentOf<Name extends ActName>(act: Name, id: string): DocumentOf<Name> | undefined {
    const isOf = this.#all.some(run => run.id === id && run.act === act)
    return isOf ? (this.#documents.get(id) as DocumentOf<Name> | undefined) : undefined
  }

  /** Ends a run after what is under way. @returns whether there is such a run */
  cancel(id: string): boolean {
    const running = this.#running.get(id)
    running?.cancel.abort()
    return running !== undefined
  }

  /** Ends all runs, and waits for those that end in order. */
  async close(): Promise<void> {
    for (const id of this.#running.keys()) this.cancel(id)
    const isWaitedFor = () => [...this.#running.values()].some(({ run }) => acts[run.act].endsInOrder)
    while (isWaitedFor()) await new Promise(resolve => this.#changed.once('change', resolve))
  }

  async #perform({ run, args, cancel }: Running): Promise<void> {
    const { perform, shown } = acts[run.act] as Act<ActName>
    const { signal } = cancel
    try {
      const answer = await perform(this.#context(run, signal), args)
      if (answer) {
        run.document = shown(answer.document)
        this.#keep(run.id, answer.document)
      }
      if (answer?.failure !== undefined) run.error = { message: answer.failure }
      run.state = stateOf(answer, signal)
    } catch (error) {
      run.error = errorDocumentOf(error, this.#service.deployment.config).error
      run.state = signal.aborted ? 'cancelled' : 'failed'
    }
    run.ended = Date.now()
    this.#running.delete(run.id)
    this.#change()
    this.#changed.emit('end')
  }

  #keep(id: string, document: unknown): void {
    this.#documents.set(id, document)
    const [oldest] = this.#documents.keys()
    if (oldest !== undefined && this.#documents.size > WHOLE) this.#documents.delete(oldest)
  }

  #change(): void {
    this.#version++
    this.#changed.emit('change')
  }

  #context(run: Run, signal: AbortSignal): StreamingContext {
    const tell = (text: string) => {
      run.told = [...run.told, text].slice(-MAX_TOLD)
      this.#change()
    }
    const { connectors, deployment } = this.#service
    return {
      ...{ connectors, deployment, tell, write: tell, json: true, interruption: () => signal },
      advance: progress => {
        run.progress = progress
        this.#change()
      },
      // Acts answer with documents. Commands that print lines are questions here.
      output: unprinted,
    }
  }
}

const unprinted: StreamingContext['output'] = { write: async () => true, columns: undefined, rows: undefined }

/** What was done before it could be cancelled is done. An interrupted act has a failure, or no answer. */
function stateOf(answer: { failure?: string; pending?: boolean } | undefined, { aborted }: AbortSignal): Run['state'] {
  const hasFailed = answer?.failure !== undefined
  if (aborted && (hasFailed || !answer)) return 'cancelled'
  if (hasFailed) return 'failed'
  return answer?.pending ? 'pending' : 'done'
}
