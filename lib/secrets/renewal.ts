import { asCodedError, type ErrorCode } from '../error.ts'

/** Settings with secrets that may have been replaced where they are kept. */
export interface Renewable<Settings> {
  /**
   * Reads the secrets again; absent where they are given as they are.
   *
   * @returns undefined when they are the same
   * @throws CodedError `SECRET_UNREADABLE`
   */
  renew?(): Promise<Settings | undefined>
}

/** The settings of a client that go on with new secrets when the old ones are refused. */
export class Renewal<Settings extends Renewable<Settings>> {
  #current: Settings

  constructor(settings: Settings) {
    this.#current = settings
  }

  get current(): Settings {
    return this.#current
  }

  /**
   * Whether there are other settings now than those that were refused.
   *
   * @throws CodedError `SECRET_UNREADABLE`
   */
  async renew(refused: Settings): Promise<boolean> {
    if (this.#current !== refused) return true
    const fresh = await refused.renew?.()
    // Someone else may have been refused meanwhile, too: the first one's settings are as fresh.
    if (fresh && this.#current === refused) this.#current = fresh
    return this.#current !== refused
  }

  /**
   * Runs with the current settings, and once more with new ones when these are refused.
   *
   * @param refusal the code of an error that means so
   */
  async run<T>(refusal: ErrorCode, action: (settings: Settings) => Promise<T>): Promise<T> {
    const settings = this.#current
    try {
      return await action(settings)
    } catch (thrown) {
      if (asCodedError(thrown).code !== refusal || !(await this.renew(settings))) throw thrown
      return await action(this.#current)
    }
  }
}
