/** What a process has used for the events of a load. */
export interface Loaded {
  events: number
  /** User and system time of all threads, in seconds, less the start and the reading of the events' texts. */
  cpu: number
  /** Of the invocations, in seconds. */
  seconds: number
  /** The most resident memory, in bytes. */
  peak: number
  /** Requests to brokers. */
  brokerRequests: number
}
