/** What a process has used for its events. */
export interface Invoked {
  /** User and system time of all threads, in seconds, less the start and the reading of the events' texts. */
  cpu: number
  /** The part of the main thread. */
  onMain: number
  /** Time of the invocations, in seconds. */
  seconds: number
  /** Resident bytes of a warm process before the first event. */
  before: number
  /** The most resident bytes up to the end of the first. */
  peakOfFirst: number
  /** The most resident bytes of all. */
  peak: number
}
