/** Settings with secrets that may have been replaced where they are kept. */
export interface Renewable<Settings> {
  /**
   * Reads the secrets again. Absent when they are given directly instead of by reference.
   *
   * @returns undefined when they are unchanged
   * @throws CodedError `SECRET_UNREADABLE`
   */
  renew?(): Promise<Settings | undefined>
}
