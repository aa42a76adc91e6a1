import { asCodedError, type CodedError, type ErrorCode } from '../error.ts'
import type { Renewable } from './renewable.ts'

/** How to open and close a kind of client, and how its service refuses secrets. */
export interface ClientKind<Settings, Client> {
  open(settings: Settings): Client | Promise<Client>
  /** Absent when there is nothing to close. */
  close?(client: Client): Promise<void>
  /** The code of errors by which the service refuses secrets. */
  refusal: ErrorCode
  /**
   * Whether the next use after an error opens a new client. The old one is closed once the uses in progress have ended: an
   * error of one of them says nothing about the others. Absent: no error does.
   */
  closesOn?(error: CodedError): boolean
}

interface Opened<Settings, Client> {
  settings: Settings
  client: Promise<Client>
  /** How many uses are in progress. */
  uses: number
}

/**
 * A client that is opened on first use and kept open. When its service refuses the secrets, they are read again, once for all
 * uses that were refused, and each of these uses is repeated once with a new client.
 */
export class RenewedClient<Settings extends Renewable<Settings>, Client> {
  #settings: Settings
  readonly #kind: ClientKind<Settings, Client>
  #opened: Opened<Settings, Client> | undefined

  constructor(settings: Settings, kind: ClientKind<Settings, Client>) {
    this.#settings = settings
    this.#kind = kind
  }

  /**
   * Runs an action with the client.
   *
   * @param toError converts what the action throws to a CodedError; absent when it throws CodedErrors itself
   * @throws CodedError the action's, or `SECRET_UNREADABLE`
   */
  use<T>(action: (client: Client) => Promise<T>, toError?: (thrown: unknown) => CodedError): Promise<T> {
    return this.#renewing(settings => this.#useOpened(settings, action, toError))
  }

  /** Like {@link use}, with a client that is opened for this action and closed after it. */
  useOnce<T>(action: (client: Client) => Promise<T>, toError?: (thrown: unknown) => CodedError): Promise<T> {
    return this.#renewing(async settings => {
      const client = await this.#kind.open(settings)
      try {
        return await action(client)
      } catch (thrown) {
        throw toError?.(thrown) ?? thrown
      } finally {
        await this.#kind.close?.(client).catch(() => {})
      }
    })
  }

  /** Closes the client. Uses in progress fail as if the connection broke. The next use opens a new client. */
  async close(): Promise<void> {
    if (this.#opened) await this.#close(this.#opened)
  }

  async #renewing<T>(attempt: (settings: Settings) => Promise<T>): Promise<T> {
    const settings = this.#settings
    try {
      return await attempt(settings)
    } catch (thrown) {
      if (asCodedError(thrown).code !== this.#kind.refusal || !(await this.#renew(settings))) throw thrown
      return await attempt(this.#settings)
    }
  }

  /** @returns whether the settings differ from those that were refused */
  async #renew(refused: Settings): Promise<boolean> {
    if (this.#settings !== refused) return true
    const fresh = await refused.renew?.()
    // Another use may have renewed them in the meantime, and its settings are just as recent.
    if (fresh && this.#settings === refused) this.#settings = fresh
    return this.#settings !== refused
  }

  async #useOpened<T>(
    settings: Settings,
    action: (client: Client) => Promise<T>,
    toError?: (thrown: unknown) => CodedError,
  ): Promise<T> {
    const opened = this.#open(settings)
    opened.uses += 1
    try {
      return await action(await opened.client)
    } catch (thrown) {
      const error = toError?.(thrown) ?? thrown
      if (this.#opened === opened && this.#kind.closesOn?.(asCodedError(error))) this.#opened = undefined
      throw error
    } finally {
      opened.uses -= 1
      this.#closeUnused(opened)
    }
  }

  /** Returns the open client, or opens a new one if the settings have changed, because the old ones may have been refused. */
  #open(settings: Settings): Opened<Settings, Client> {
    if (this.#opened?.settings === settings) return this.#opened
    const previous = this.#opened
    const opened = { settings, client: (async () => this.#kind.open(settings))(), uses: 0 }
    this.#opened = opened
    if (previous) this.#closeUnused(previous)
    opened.client.catch(() => {
      if (this.#opened === opened) this.#opened = undefined
    })
    return opened
  }

  /** Closes a client that has been replaced, unless it is still used. Not awaited: a broker that hangs would delay its user. */
  #closeUnused(opened: Opened<Settings, Client>): void {
    if (this.#opened !== opened && opened.uses === 0) this.#close(opened).catch(() => {})
  }

  async #close(opened: Opened<Settings, Client>): Promise<void> {
    if (this.#opened === opened) this.#opened = undefined
    await this.#kind.close?.(await opened.client)
  }
}
