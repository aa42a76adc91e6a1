import type { KafkaSettings } from './settings.ts'

/** A client with the settings that it was opened with. */
export interface Opened<Client> {
  connection: KafkaSettings
  client: Promise<Client>
}

/** Keeps a client open until it is closed, or asked for with other settings: those it has may have been refused since. */
export class CachedClient<Client> {
  readonly #open: (connection: KafkaSettings) => Promise<Client>
  readonly #end: (client: Client) => Promise<void>
  #opened: Opened<Client> | undefined

  constructor(open: (connection: KafkaSettings) => Promise<Client>, end: (client: Client) => Promise<void>) {
    this.#open = open
    this.#end = end
  }

  of(connection: KafkaSettings): Opened<Client> {
    if (this.#opened?.connection === connection) return this.#opened
    this.close().catch(() => {})
    this.#opened = { connection, client: this.#open(connection) }
    return this.#opened
  }

  /** Requests under way on its connections fail as on broken ones. The next one opens another client. */
  async close(opened: Opened<Client> | undefined = this.#opened): Promise<void> {
    if (this.#opened === opened) this.#opened = undefined
    if (opened) await this.#end(await opened.client)
  }
}
