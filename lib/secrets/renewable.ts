/** Settings with secrets that may be rotated where they are stored. */
export interface Renewable<Settings> {
  /**
   * Reads the secrets again. Absent when the settings contain the secrets themselves instead of references.
   *
   * @returns undefined when they are unchanged
   * @throws CodedError `SECRET_UNREADABLE`
   */
  renew?(): Promise<Settings | undefined>
}
