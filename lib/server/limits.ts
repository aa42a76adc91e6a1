import { totalmem } from 'node:os'

/** What a server on an open network must not give away without bounds. Times are in milliseconds, sizes in bytes. */
export interface ServerLimits {
  /** The largest headers of a request. */
  headerBytes: number
  /** The largest body of a request. */
  bodyBytes: number
  /** All bodies that are being received, wait for their batch, or are being delivered. */
  allBodiesBytes: number
  /** Open connections. Beyond them, idle ones are closed, and new ones are answered with 503 until there is room. */
  connections: number
  /** Connections that get this answer at the same time. Beyond them, new ones are closed without an answer. */
  refusals: number
  /** How long a refused client may take to close its side. */
  lingerMs: number
  /** From the connection, or the first byte of a request, to the end of its headers. */
  headersMs: number
  /** To the end of its body. How long it is handled has its own limit: `TIMEOUT_SECONDS`. */
  requestMs: number
  /** How often requests are checked against these times. */
  checkMs: number
  /** How long an idle connection stays open for the next request. */
  keepAliveMs: number
  /** How long a stop waits for bodies that are still being received. */
  stopMs: number
}

const MIB = 1024 * 1024

/** The largest event of any platform. Source: Function Compute, "Limits": 32 MB for a synchronous invocation. */
const MAX_BODY = 32 * MIB

/**
 * The part of the memory that bodies may take. An event takes up to six times its size until its objects are written: its text,
 * what was parsed, the records, an object and the same compressed. The rest is for Node.js itself.
 */
const BODIES_SHARE = 1 / 8

/** More bodies at once don't make a function faster: it writes few partitions at the same time. */
const MAX_BODIES = 256 * MIB

/** Of the container where it is limited, otherwise of the machine. */
function memory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
}

export function serverLimits(): ServerLimits {
  return {
    // KafkaSource sends a record's headers there, and its key twice. Source: Go, `net/http`, `DefaultMaxHeaderBytes`, which is
    // the limit of Knative's own components.
    headerBytes: MIB,
    bodyBytes: MAX_BODY,
    allBodiesBytes: Math.max(MAX_BODY, Math.min(MAX_BODIES, memory() * BODIES_SHARE)),
    // A KafkaSource has up to 50 requests in flight per consumer; a connection costs some kilobytes.
    connections: 1000,
    refusals: 1000,
    // Clients close a connection as soon as they have read such an answer, for which a busy one may need seconds.
    lingerMs: 5000,
    // Platforms send the headers in one piece.
    headersMs: 10_000,
    // 32 MiB in this time is less than any network between a platform and its containers carries.
    requestMs: 60_000,
    checkMs: 2000,
    // A front end must not send a request into a connection that is being closed here, so this is longer than it keeps one.
    // Source: Function Compute, "Process exited unexpectedly before completing request": keep-alive, and 24 hours or longer.
    keepAliveMs: 24 * 3_600_000,
    stopMs: 5000,
  }
}
