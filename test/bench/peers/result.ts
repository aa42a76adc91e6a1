import { type Spread, spreadOf } from '../spread.ts'
import type { Output, Peer } from './peer.ts'

/** What a run has used until every record was there. */
export interface Measured extends Output {
  /** User and system time of the process with its start, in seconds. */
  cpu: number
  /** From the start of the process, in seconds. */
  seconds: number
  peakMb: number
}

/** A round of one peer. */
export interface Round {
  /** With one record in each partition: what the start alone takes. */
  start: Measured
  full: Measured
}

/** A peer's rounds, and what they come to. */
export interface PeerResult extends Pick<Peer, 'form' | 'version' | 'settings'> {
  name: string
  rounds: Round[]
  startCpu: Spread
  startSeconds: Spread
  cpu: Spread
  seconds: Spread
  recordsPerSecond: Spread
  peakMb: Spread
  bytes: Spread
  /** Undefined in a cluster. */
  objects?: Spread
  otherObjects: Spread
}

/** The file `docs/benchmarks/peers.json`. */
export interface PeersResult {
  date: string
  machine: string
  command: string
  records: number
  recordBytes: number
  partitions: number
  /** What was wrong in some run, as sentences: that round is not among the peer's. */
  faults: string[]
  peers: PeerResult[]
}

/** @param rounds at least one */
export function peerResult(
  name: string,
  { form, version, settings }: Peer,
  rounds: Round[],
  records: number,
): PeerResult {
  const spread = (figure: (round: Round) => number) => spreadOf(rounds.map(round => roundTo3(figure(round))))
  return {
    ...{ name, form, version, settings },
    cpu: spread(({ full }) => full.cpu),
    seconds: spread(({ full }) => full.seconds),
    recordsPerSecond: spread(({ full }) => Math.round(records / full.seconds)),
    startCpu: spread(({ start }) => start.cpu),
    startSeconds: spread(({ start }) => start.seconds),
    peakMb: spread(({ full }) => Math.round(full.peakMb)),
    bytes: spread(({ full }) => full.bytes),
    ...(rounds[0]?.full.objects !== undefined && { objects: spread(({ full }) => full.objects ?? 0) }),
    otherObjects: spread(({ full }) => full.otherObjects),
    rounds,
  }
}

function roundTo3(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
