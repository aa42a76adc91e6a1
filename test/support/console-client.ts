import { once } from 'node:events'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { WatchEvent, Watched } from '../../lib/console/api/index.ts'

/** What a console has answered. */
export interface ConsoleAnswer {
  status: number
  headers: IncomingMessage['headers']
  body: string
}

/** Sends requests to a console exactly as they are given: `fetch` would correct paths and refuse headers. */
export class ConsoleClient {
  readonly #url: URL
  /** Sent with each request from {@link enter} on. */
  cookie = ''

  /** @param url as the console prints it */
  constructor(url: string) {
    this.#url = new URL(url)
  }

  get origin(): string {
    return this.#url.origin
  }

  /** Opens the printed address, as a browser does. */
  async enter(): Promise<ConsoleAnswer> {
    const answer = await this.send(this.#url.pathname + this.#url.search)
    this.cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    return answer
  }

  async send(path: string, { headers, ...options }: RequestOptions = {}, body?: string): Promise<ConsoleAnswer> {
    const response = await this.#begin(path, { ...options, headers }, body)
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
  }

  /** Asks a question. */
  ask(question: string, args: unknown = {}): Promise<ConsoleAnswer> {
    return this.send(`/api/ask/${question}?args=${encodeURIComponent(JSON.stringify(args))}`)
  }

  /** Begins an act from the console's own page. */
  act(act: string, args: unknown, confirmed?: string): Promise<ConsoleAnswer> {
    const headers = { origin: this.origin, 'content-type': 'application/json' }
    return this.send(`/api/acts/${act}`, { method: 'POST', headers }, JSON.stringify({ args, confirmed }))
  }

  /** Yields the events of what is watched until the caller leaves. */
  async *watch(watched: Omit<Watched, 'id'>[]): AsyncGenerator<WatchEvent> {
    const list = watched.map((one, index) => ({ ...one, id: String(index) }))
    const response = await this.#begin(`/api/watch?watched=${encodeURIComponent(JSON.stringify(list))}`, {})
    let rest = ''
    try {
      for await (const part of response.setEncoding('utf8')) {
        const events = (rest + part).split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events) if (event.startsWith('data: ')) yield JSON.parse(event.slice('data: '.length))
      }
    } finally {
      response.destroy()
    }
  }

  async #begin(path: string, { headers, ...options }: RequestOptions, body?: string): Promise<IncomingMessage> {
    const { hostname, port } = this.#url
    const cookie: Record<string, string> = this.cookie === '' ? {} : { cookie: this.cookie }
    const sent = request({ hostname, port, path, ...options, headers: { ...cookie, ...(headers as object) } })
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return response
  }
}
