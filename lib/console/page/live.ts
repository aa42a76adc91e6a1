import { useEffect, useState } from 'preact/hooks'
import type { ErrorDocument } from '../../connectors/commands/error-document.ts'
import type { QuestionName, Questions, WatchEvent, Watched } from '../api/index.ts'

/** What is known of a question that a screen watches. */
export interface Live<Name extends QuestionName> {
  /** The newest answer; undefined until there is one. */
  answer?: Questions[Name]['answer']
  /** When it was given, in milliseconds since the epoch. */
  time?: number
  /** Why there is no newer one. */
  error?: ErrorDocument['error']
  /** Since when there is none, in milliseconds since the epoch. */
  since?: number
}

type Listener = (event: WatchEvent) => void

interface Subscription {
  watched: Watched
  listeners: Set<Listener>
  /** The last answer, and why there is no newer one: for components that come later. */
  known: WatchEvent[]
}

/** Between two attempts to reach a console that has ended, in milliseconds. */
const AGAIN_MS = 2_000

/** The error of every question while the console itself can’t be reached. */
export const consoleGone: ErrorDocument['error'] = {
  message:
    'The console does not answer. Is it still running? If it was started again, open the address that it printed.',
}

/**
 * One stream of events for all questions of the page: a browser opens six connections to a host at most, for all of its tabs. A page
 * that nobody sees has none.
 */
class Stream {
  readonly #subscriptions = new Map<string, Subscription>()
  #source: EventSource | undefined
  #count = 0
  #isPlanned = false

  constructor() {
    document.addEventListener('visibilitychange', () => this.#plan())
  }

  /**
   * Components that watch the same question share its answers, unless these are parts of a whole.
   *
   * @returns ends it
   */
  watch<Name extends QuestionName>(
    question: Name,
    args: Questions[Name]['args'],
    listener: Listener,
    { isShared }: { isShared: boolean },
  ): () => void {
    const key = isShared ? JSON.stringify([question, args]) : String(++this.#count)
    const subscription = this.#subscriptions.get(key) ?? this.#add(key, question, args)
    subscription.listeners.add(listener)
    for (const event of subscription.known) listener(event)
    return () => {
      subscription.listeners.delete(listener)
      if (subscription.listeners.size > 0) return
      // A component that comes in the place of another may watch the same.
      queueMicrotask(() => {
        if (subscription.listeners.size > 0 || this.#subscriptions.get(key) !== subscription) return
        this.#subscriptions.delete(key)
        this.#plan()
      })
    }
  }

  #add<Name extends QuestionName>(key: string, question: Name, args: Questions[Name]['args']): Subscription {
    const subscription: Subscription = { watched: { id: key, question, args }, listeners: new Set(), known: [] }
    this.#subscriptions.set(key, subscription)
    this.#plan()
    return subscription
  }

  /** Several questions begin and end together, with a screen. */
  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    queueMicrotask(() => {
      this.#isPlanned = false
      this.#open()
    })
  }

  #open(): void {
    this.#source?.close()
    this.#source = undefined
    if (document.hidden || this.#subscriptions.size === 0) return
    // Ids are numbers: a list of the questions themselves would say everything twice.
    const all = [...this.#subscriptions.values()]
    const watched = all.map((subscription, index) => ({ ...subscription.watched, id: String(index) }))
    const source = new EventSource(`/api/watch?watched=${encodeURIComponent(JSON.stringify(watched))}`)
    this.#source = source
    source.onmessage = ({ data }) => {
      const event: WatchEvent = JSON.parse(data)
      const subscription = all[Number(event.id)]
      if (subscription) tellAll(subscription, event)
    }
    source.onerror = () => {
      for (const subscription of all) tellAll(subscription, { id: '', error: consoleGone, time: Date.now() })
      // A browser reconnects after a broken connection, but not after an answer that isn't an event stream.
      if (source.readyState !== EventSource.CLOSED) return
      setTimeout(() => this.#source === source && this.#plan(), AGAIN_MS)
    }
  }
}

function tellAll(subscription: Subscription, event: WatchEvent): void {
  const isAnswer = 'answer' in event
  subscription.known = isAnswer ? [event] : [...subscription.known.filter(known => 'answer' in known), event]
  for (const listener of subscription.listeners) listener(event)
}

const stream = new Stream()

/**
 * Watches a question while a component is shown. When it can't be answered, the last answer stays, with the reason.
 *
 * @param args undefined: nothing is asked yet
 */
export function useLive<Name extends QuestionName>(
  question: Name,
  args: Questions[Name]['args'] | undefined,
): Live<Name> {
  const key = args === undefined ? undefined : JSON.stringify(args)
  const [known, setKnown] = useState<Live<Name> & { key?: string }>({})
  useEffect(() => {
    if (key === undefined) return
    const take = (event: WatchEvent) => setKnown(before => ({ ...after(before.key === key ? before : {}, event), key }))
    return stream.watch(question, JSON.parse(key), take, { isShared: true })
  }, [question, key])
  // What is known of other arguments is another answer.
  return known.key === key ? known : {}
}

/**
 * Watches a question whose answers are parts of a whole, such as the lines of a log.
 *
 * @param take is told each part, in order
 */
export function useFollowed<Name extends QuestionName>(
  question: Name,
  args: Questions[Name]['args'],
  take: (part: Questions[Name]['answer']) => void,
): Omit<Live<Name>, 'answer'> {
  const key = JSON.stringify(args)
  const [known, setKnown] = useState<Live<Name>>({})
  useEffect(() => {
    setKnown({})
    const listen = (event: WatchEvent) => {
      if ('answer' in event) take(event.answer as Questions[Name]['answer'])
      setKnown(before => ({ ...after(before, event), answer: undefined }))
    }
    return stream.watch(question, JSON.parse(key), listen, { isShared: false })
  }, [question, key])
  return known
}

function after<Name extends QuestionName>(before: Live<Name>, event: WatchEvent): Live<Name> {
  if ('answer' in event) return { answer: event.answer as Questions[Name]['answer'], time: event.time }
  return { answer: before.answer, time: before.time, error: event.error, since: before.since ?? event.time }
}

/** An answer that the console's server gave, or why there is none. */
export class AskError extends Error {
  readonly document: ErrorDocument['error']

  constructor(document: ErrorDocument['error']) {
    super(document.message)
    this.document = document
  }
}

/** Asks once. @throws AskError */
export async function ask<Name extends QuestionName>(
  question: Name,
  args: Questions[Name]['args'],
  signal?: AbortSignal,
): Promise<Questions[Name]['answer']> {
  return await answerOf(`/api/ask/${question}?args=${encodeURIComponent(JSON.stringify(args))}`, { signal })
}

/**
 * Sends a request to the console, whose answers are JSON. Anything else is that of another server, or of none.
 *
 * @throws AskError; once the request's signal has ended it, what `fetch` throws
 */
export async function answerOf<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response
  let body: T | ErrorDocument
  try {
    response = await fetch(path, init)
    body = await response.json()
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new AskError(consoleGone)
  }
  if (!response.ok) throw new AskError((body as ErrorDocument).error)
  return body as T
}

/** What is known of a question that was asked once, and again on request. */
export interface Asked<Name extends QuestionName> extends Live<Name> {
  /** When the last attempt ended, with an answer or without one; undefined until then. */
  tried?: number
  again(): void
}

/**
 * Asks once when a component is shown, and again when the arguments change or `again` is called. While the console itself does not
 * answer, it tries until it does.
 */
export function useAsked<Name extends QuestionName>(
  question: Name,
  args: Questions[Name]['args'] | undefined,
): Asked<Name> {
  const key = args === undefined ? undefined : JSON.stringify(args)
  const [known, setKnown] = useState<Omit<Asked<Name>, 'again'> & { key?: string }>({})
  const [round, setRound] = useState(0)
  const again = () => setRound(round => round + 1)
  const current = known.key === key ? known : {}
  useEffect(() => {
    if (key === undefined) return
    const left = new AbortController()
    const take = (event: WatchEvent) =>
      setKnown(before => ({ ...after(before.key === key ? before : {}, event), key, tried: event.time }))
    ask(question, JSON.parse(key), left.signal).then(
      answer => take({ id: key, answer, time: Date.now() }),
      (error: Error) => {
        if (left.signal.aborted) return
        const document = error instanceof AskError ? error.document : { message: error.message }
        take({ id: key, error: document, time: Date.now() })
      },
    )
    return () => left.abort()
  }, [question, key, round])
  useEffect(() => {
    if (current.error !== consoleGone) return
    const timer = setTimeout(again, AGAIN_MS)
    return () => clearTimeout(timer)
  }, [current.error, current.tried])
  return { ...current, again }
}
