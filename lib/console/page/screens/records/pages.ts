import { useEffect, useRef, useState } from 'preact/hooks'
import type { RecordsArgs, ShownRecord } from '../../../api/index.ts'
import { AskError, ask, type Live } from '../../live.ts'

interface Page {
  records: ShownRecord[]
  /** Where the next one begins; null: nowhere. Undefined: this one was not read at all yet. */
  next?: string | null
}

/** The pages of records that were read so far. */
export interface Pages {
  page: Page
  index: number
  isBusy: boolean
  /** Offsets that were looked at, and that are left. */
  searched: number
  left: number
  error?: Live<'records'>['error']
  since?: number
}

/** Between two attempts to read what can't be read, in milliseconds. */
const AGAIN_MS = 3_000

const nothing: Pages = { page: { records: [] }, index: 0, isBusy: true, searched: 0, left: 0 }

/**
 * Reads records page by page. An answer may have fewer than a page, as a search has its time: then it is asked on, until the page
 * is full, there is nothing more, or a person stops it. After an error it is asked again.
 *
 * @param args undefined: nothing is asked
 */
export function usePages(args: RecordsArgs | undefined) {
  const key = JSON.stringify(args)
  const [shown, setShown] = useState<Pages & { key?: string }>(nothing)
  const [round, setRound] = useState(0)
  const reading = useRef<Reading | null>(null)
  const isKnown = shown.key === key
  useEffect(() => {
    if (args === undefined) return
    const started = new Reading(args, pages => setShown({ ...pages, key }), isKnown ? shown.page.records : [])
    reading.current = started
    started.show(0)
    return () => started.end()
  }, [key, round])
  return {
    ...(isKnown ? shown : nothing),
    /** Shows another page, or continues this one after it was stopped. */
    show: (index: number) => reading.current?.show(index),
    stop: () => reading.current?.stop(),
    /** Starts over. The current records stay until there are new ones. */
    again: () => setRound(round => round + 1),
  }
}

/** The pages of one choice of records. */
class Reading {
  readonly #args: RecordsArgs
  readonly #tell: (pages: Pages) => void
  readonly #pages: Page[] = []
  /** What is shown until there is something of the first page. */
  readonly #before: Page
  #asking = new AbortController()
  #state: Omit<Pages, 'page'> = { index: 0, isBusy: false, searched: 0, left: 0 }

  constructor(args: RecordsArgs, tell: (pages: Pages) => void, before: ShownRecord[]) {
    this.#args = args
    this.#tell = tell
    this.#before = { records: before }
  }

  /** Ends what is under way, when nobody looks any more. */
  end(): void {
    this.#asking.abort()
  }

  stop(): void {
    this.end()
    this.#change({ isBusy: false })
  }

  show(index: number): void {
    this.end()
    this.#asking = new AbortController()
    if (this.#pages[index]) this.#change({ index, isBusy: false })
    this.#fill(index, this.#asking.signal)
  }

  async #fill(index: number, signal: AbortSignal): Promise<void> {
    const { limit } = this.#args
    for (let page = this.#page(index); !isFull(page, limit); page = this.#page(index)) {
      // The page before stays until there is something of this one.
      if (this.#pages.length > 0) this.#change({ isBusy: true })
      try {
        const asked = { ...this.#args, from: this.#from(index), limit: limit - page.records.length }
        const { records, next, searched, left } = await ask('records', asked, signal)
        this.#pages[index] = { records: [...page.records, ...records], next }
        const total = this.#state.searched + searched
        this.#change({ index, isBusy: true, searched: total, left, error: undefined, since: undefined })
      } catch (error) {
        if (signal.aborted) return
        const since = this.#state.since ?? Date.now()
        this.#change({ isBusy: true, error: documentOf(error as Error), since })
        await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
      }
      if (signal.aborted) return
    }
    this.#change({ index, isBusy: false })
  }

  #page(index: number): Page {
    return this.#pages[index] ?? { records: [] }
  }

  #from(index: number): RecordsArgs['from'] {
    const next = this.#page(index).next ?? this.#pages[index - 1]?.next
    return typeof next === 'string' ? { next } : this.#args.from
  }

  #change(change: Partial<Pages>): void {
    this.#state = { ...this.#state, ...change }
    this.#tell({ ...this.#state, page: this.#pages[this.#state.index] ?? this.#before })
  }
}

function isFull({ records, next }: Page, limit: number): boolean {
  return next === null || records.length >= limit
}

function documentOf(error: Error): NonNullable<Pages['error']> {
  return error instanceof AskError ? error.document : { message: error.message }
}
