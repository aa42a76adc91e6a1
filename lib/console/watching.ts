import { setTimeout as sleep } from 'node:timers/promises'
import { errorDocumentOf } from '../connectors/commands/error-document.ts'
import type { QuestionName, WatchEvent, Watched } from './api/index.ts'
import type { ConsoleContext } from './context.ts'
import type { AskedQuestion, FollowedQuestion } from './question.ts'
import { questions } from './questions.ts'

type Told = (
  event: WatchEvent extends infer Event ? (Event extends WatchEvent ? Omit<Event, 'id'> : never) : never,
) => void | Promise<void>

/** Between two attempts to follow what has failed, in milliseconds. */
const AGAIN_MS = 3_000

/**
 * How long a question is answered on after the last page has left, in milliseconds: a page that shows another screen, or is loaded
 * again, opens a new stream and sees the newest answer at once.
 */
const KEPT_MS = 15_000

/**
 * How many times less often a deployed service is asked. CloudWatch takes a cent for a thousand metrics that are read, a list reads
 * about fifteen of each connector, and its figures are minutes old in any case.
 * Source: Amazon CloudWatch pricing, us-east-1, "GetMetricData".
 */
const DEPLOYED_TIMES = 6

/** What several pages watch: asked once for all of them. */
interface Shared {
  listeners: Set<Told>
  newest: Parameters<Told>[0][]
  stop: AbortController
  left?: NodeJS.Timeout
}

/** Answers questions again and again for those who watch. A question that fails is asked again, so pages catch up by themselves. */
export class Watching {
  readonly #context: ConsoleContext
  readonly #shared = new Map<string, Shared>()

  constructor(context: ConsoleContext) {
    this.#context = context
  }

  /** Tells each new answer until the signal is aborted; of a question that others watch already, the newest one at once. */
  watch({ question, args }: Watched, tell: Told, signal: AbortSignal): void {
    const definition = questions[question] as AskedQuestion<QuestionName> | FollowedQuestion<QuestionName>
    if ('follow' in definition) {
      this.#follow(definition, args, tell, signal)
      return
    }
    const key = JSON.stringify([question, args])
    const shared = this.#shared.get(key) ?? this.#share(key, definition, args)
    clearTimeout(shared.left)
    for (const event of shared.newest) tell(event)
    shared.listeners.add(tell)
    signal.addEventListener('abort', () => {
      shared.listeners.delete(tell)
      if (shared.listeners.size > 0) return
      shared.left = setTimeout(() => {
        shared.stop.abort()
        this.#shared.delete(key)
      }, KEPT_MS)
      shared.left.unref()
    })
  }

  /** Ends all questions, also those that nobody watches any more. */
  close(): void {
    for (const { stop, left } of this.#shared.values()) {
      clearTimeout(left)
      stop.abort()
    }
    this.#shared.clear()
  }

  #share(key: string, definition: AskedQuestion<QuestionName>, args: Watched['args']): Shared {
    const shared: Shared = { listeners: new Set(), newest: [], stop: new AbortController() }
    this.#shared.set(key, shared)
    this.#repeat(definition, args, shared)
    return shared
  }

  async #repeat(definition: AskedQuestion<QuestionName>, args: Watched['args'], shared: Shared): Promise<void> {
    const { signal } = shared.stop
    while (!signal.aborted) {
      let pauseMs = definition.everyMs * (this.#context.service.deployment.isLocal ? 1 : DEPLOYED_TIMES)
      try {
        const answer = await definition.answer(this.#context, args, signal)
        pauseMs = definition.againMs?.(answer, this.#context) ?? pauseMs
        const event = { answer, time: Date.now() }
        shared.newest = [event]
        for (const tell of shared.listeners) tell(event)
      } catch (error) {
        if (signal.aborted) return
        const event = { error: this.#errorOf(error), time: Date.now() }
        // Whoever comes later sees the last answer, and that there is no newer one.
        shared.newest = [...shared.newest.filter(known => 'answer' in known), event]
        for (const tell of shared.listeners) tell(event)
      }
      await this.#pause(pauseMs, signal)
    }
  }

  /** Ends early when something that was done in the console is over: what is shown has changed. */
  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { runs } = this.#context
    const over = new AbortController()
    const either = { signal: AbortSignal.any([signal, over.signal]) }
    await Promise.race([sleep(milliseconds, undefined, either), runs.ended(either.signal)]).catch(() => {})
    over.abort()
  }

  async #follow(
    definition: FollowedQuestion<QuestionName>,
    args: Watched['args'],
    tell: Told,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const answer of definition.follow(this.#context, args, signal)) {
          if (signal.aborted) return
          // A page that is slow to read gets the next part later.
          await tell({ answer, time: Date.now() })
        }
      } catch (error) {
        if (signal.aborted) return
        tell({ error: this.#errorOf(error), time: Date.now() })
      }
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
    }
  }

  #errorOf(error: unknown) {
    return errorDocumentOf(error, this.#context.service.deployment.config).error
  }
}
