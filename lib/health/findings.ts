import { durationText } from '../duration-text.ts'
import { isTrouble } from '../lambda/event-source-mappings.ts'
import type { CompanionHealth, Failure, MappingHealth } from './model.ts'
import { byState, type Finding } from './state.ts'

/** A partition at which a record fails again and again. */
export interface StoppedPartition {
  topic: string
  partition: number
  /** Offset of the record; undefined when the log doesn't tell. */
  offset?: number
  failure: Failure
}

/** Everything about a connector from which its state follows. Times are in milliseconds since the epoch. */
export interface Signs {
  now: number
  /** Whether its function exists. */
  isDeployed: boolean
  /** Whether Lambda can run the function; otherwise why not. */
  functionProblem?: string
  pattern?: string
  mappings: MappingHealth[]
  /** Topics that are declared by name and have no mapping. */
  unmapped: string[]
  /** Topics that the cluster doesn't have, although a mapping reads them. */
  goneTopics: string[]
  /** When records were last delivered; null: never, as far as is known. */
  lastSuccess: number | null
  /** The newest error of the connector's own function; null when there is none. */
  lastError: Failure | null
  /** Whether the newest error is about the records themselves: others could be delivered. */
  isErrorOfRecords: boolean
  /** Whether something waits to be read; undefined when that is not known. */
  isWaiting?: boolean
  stopped: StoppedPartition[]
  /** Invocations in the last minutes, and how many of them failed; undefined when it is not known. */
  invocations?: { all: number; failed: number }
  /** Records put aside or left in Kafka within {@link LATELY_MS}. */
  failedLately: number
  companions: CompanionHealth[]
  lag: number | null
  /** The lag that is too much, in records. */
  mostLag: number
  oldestUnreadAgeMs: number | null
}

/** How long records that failed make a connector DEGRADED: long enough for someone to see it. */
export const LATELY_MS = 3_600_000

/**
 * A connector whose next record is older falls behind, and errors that the system repeats by itself have lasted too long: the
 * alarm on the lag waits as long.
 */
export const PATIENCE_MS = 900_000

/** The problem of a mapping whose function fails, which says less than the function's own log. Source: AWS Lambda, its examples. */
const CALL_FAILED = 'PROBLEM: Function call failed'

/** Each rule tells what is wrong, or nothing. */
const rules: ((signs: Signs) => Finding[])[] = [
  unusableFunction,
  missingMappings,
  missingTopics,
  pollers,
  failingInvocations,
  stoppedPartitions,
  someDisabled,
  failedRecords,
  failingCompanions,
  behind,
]

/**
 * What is wrong with a connector, worst first. There is always one finding: without anything wrong, that it runs. What somebody
 * has paused is paused, whatever happened before.
 */
export function findingsOf(signs: Signs): [Finding, ...Finding[]] {
  if (!signs.isDeployed)
    return [{ state: 'NOT DEPLOYED', reason: 'there is no function of it; deploy the service', act: 'person' }]
  if (isPaused(signs)) {
    const reason = signs.lag ? `paused, and ${waitingText(signs.lag)}` : 'paused'
    return [{ state: 'PAUSED', reason, act: 'person' }]
  }
  const found = rules.flatMap(rule => rule(signs)).toSorted((one, other) => byState(one.state, other.state))
  const [first, ...others] = found
  return first ? [first, ...others] : [running(signs)]
}

function running({ mappings, pattern, oldestUnreadAgeMs, lag }: Signs): Finding {
  if (mappings.length === 0) return { state: 'RUNNING', reason: `no topic matches ${pattern} yet`, act: null }
  const age =
    lag && oldestUnreadAgeMs !== null ? `, the oldest unread record is ${durationText(oldestUnreadAgeMs)} old` : ''
  return { state: 'RUNNING', reason: `what it reads arrives${age}`, act: null }
}

const isOn = ({ state }: MappingHealth) => state !== 'Disabled' && state !== 'Disabling' && state !== 'Deleting'
const isUnreadable = (mapping: MappingHealth) =>
  isOn(mapping) && isTrouble(mapping.lastResult) && mapping.lastResult !== CALL_FAILED
const waitingText = (lag: number) => `${records(lag)} wait${lag === 1 ? 's' : ''}`
const records = (count: number) => `${new Intl.NumberFormat('en').format(count)} ${count === 1 ? 'record' : 'records'}`

function isPaused({ mappings, unmapped }: Signs): boolean {
  return mappings.length > 0 && unmapped.length === 0 && !mappings.some(isOn)
}

function unusableFunction({ functionProblem }: Signs): Finding[] {
  return functionProblem === undefined ? [] : [{ state: 'FAILING', reason: functionProblem, act: 'person' }]
}

function missingMappings({ mappings, unmapped }: Signs): Finding[] {
  if (unmapped.length === 0) return []
  const reason = `${listed(unmapped)} ${unmapped.length === 1 ? 'has' : 'have'} no mapping, so nobody reads it; deploy the service again`
  return [{ state: mappings.length === 0 ? 'FAILING' : 'DEGRADED', reason, act: 'person' }]
}

function missingTopics({ goneTopics }: Signs): Finding[] {
  if (goneTopics.length === 0) return []
  return [{ state: 'DEGRADED', reason: `the cluster has no topic ${listed(goneTopics)}`, act: 'person' }]
}

/** Pollers that can't read a topic: a login, a network, a topic that is gone. */
function pollers({ mappings }: Signs): Finding[] {
  const unreadable = mappings.filter(isUnreadable)
  const [first] = unreadable
  if (!first) return []
  const topics = listed(unreadable.map(({ topic }) => topic))
  const reason = `Lambda’s pollers can’t read ${topics}: ${first.lastResult?.replace(/^PROBLEM:\s*/, '')}`
  const isAll = mappings.filter(isOn).length === unreadable.length
  return [{ state: isAll ? 'FAILING' : 'STOPPED', reason, act: 'person' }]
}

/** Whether nothing was delivered since invocations began to fail for a reason that concerns any record. */
function isFailing(signs: Signs): boolean {
  const { lastError, lastSuccess, isErrorOfRecords, isWaiting, invocations } = signs
  if (isWaiting === false) return false
  if (lastError && !isErrorOfRecords && isLasting(signs))
    return lastSuccess === null || Date.parse(lastError.time) > lastSuccess
  return !lastError && invocations !== undefined && invocations.failed > 0 && invocations.failed === invocations.all
}

/** An old error matters only while something waits. */
function isLasting({ lastError, isWaiting, now }: Signs): boolean {
  return lastError !== null && (isWaiting === true || now - Date.parse(lastError.time) < PATIENCE_MS)
}

function failingInvocations(signs: Signs): Finding[] {
  if (!isFailing(signs)) return []
  const { lastError, lastSuccess, invocations, now } = signs
  if (!lastError) {
    const reason = `all ${invocations?.failed} invocations of the last minutes failed, and the log names no error code; see connectors logs`
    return [{ state: 'FAILING', reason, act: 'person' }]
  }
  const since = lastSuccess === null ? '' : ` for ${durationText(Math.max(now - lastSuccess, 0))}`
  const lasts = now - (lastSuccess ?? Date.parse(lastError.time)) > PATIENCE_MS
  const reason = `nothing gets through${since}: ${textOf(lastError)}`
  return [{ state: 'FAILING', reason, act: lasts ? 'person' : lastError.act }]
}

function stoppedPartitions(signs: Signs): Finding[] {
  if (isFailing(signs)) return []
  const { stopped, mappings, lastSuccess, now } = signs
  const [first, ...others] = stopped
  if (first) {
    const { topic, partition, offset, failure } = first
    const more =
      others.length > 0 ? ` (and ${others.length} other ${others.length === 1 ? 'partition' : 'partitions'})` : ''
    const at = offset === undefined ? '' : ` at offset ${offset}`
    const act = now - Date.parse(failure.time) > PATIENCE_MS ? 'person' : failure.act
    return [{ state: 'STOPPED', reason: `${topic}-${partition} stands${at}${more}: ${textOf(failure)}`, act }]
  }
  const failing = mappings.filter(mapping => isOn(mapping) && mapping.lastResult === CALL_FAILED)
  if (failing.length === 0 || signs.isWaiting === false) return []
  const topics = listed(failing.map(({ topic }) => topic))
  const nothing = lastSuccess === null || now - lastSuccess > PATIENCE_MS
  const reason = `a batch of ${topics} is tried again and again, and the log names no error code; see connectors logs`
  return [{ state: nothing ? 'FAILING' : 'STOPPED', reason, act: 'person' }]
}

function someDisabled({ mappings }: Signs): Finding[] {
  const off = mappings.filter(mapping => !isOn(mapping))
  if (off.length === 0) return []
  const reason = `${off.length} of ${mappings.length} mappings ${off.length === 1 ? 'is' : 'are'} disabled: ${listed(off.map(({ topic }) => topic))}`
  return [{ state: 'DEGRADED', reason, act: 'person' }]
}

function failedRecords({ failedLately, lastError, isErrorOfRecords }: Signs): Finding[] {
  if (failedLately === 0) return []
  const why = lastError && isErrorOfRecords ? `: ${textOf(lastError)}` : ''
  const verb = failedLately === 1 ? 'was' : 'were'
  const reason = `${records(failedLately)} ${verb} put aside or left in Kafka within the last hour${why}`
  return [{ state: 'DEGRADED', reason, act: 'person' }]
}

function failingCompanions({ companions }: Signs): Finding[] {
  return companions
    .filter(({ ok }) => ok === false)
    .map(({ function: name, lastError }) => ({
      state: 'DEGRADED',
      reason: `${name} fails${lastError ? `: ${textOf(lastError)}` : ''}`,
      act: lastError?.act ?? 'person',
    }))
}

/**
 * Not where the reason is known. A connector that was just started, or that reads an old topic from its beginning, has old records
 * before it as well: as long as it delivers, or has not had its first batch, nobody has to act.
 */
function behind(signs: Signs): Finding[] {
  const { now, lag, mostLag, oldestUnreadAgeMs, stopped, lastSuccess, lastError } = signs
  if (lag === 0 || stopped.length > 0 || isFailing(signs)) return []
  const isOld = oldestUnreadAgeMs !== null && oldestUnreadAgeMs > PATIENCE_MS
  const isFar = (lag ?? 0) > mostLag
  if (!isOld && !isFar) return []
  const age = oldestUnreadAgeMs === null ? '' : `, the oldest ${durationText(oldestUnreadAgeMs)} old`
  const waiting = lag === null ? 'records wait' : waitingText(lag)
  if (lastSuccess === null && lastError === null)
    return [{ state: 'DEGRADED', reason: `nothing was delivered yet: ${waiting}${age}`, act: 'system' }]
  const isDelivering = lastSuccess !== null && now - lastSuccess <= PATIENCE_MS
  return [
    { state: 'DEGRADED', reason: `it is behind: ${waiting}${age}`, act: isDelivering && !isFar ? 'system' : 'person' },
  ]
}

/** At most this many names, so that a reason stays a sentence. */
const MOST_NAMES = 3

function listed(names: string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ')
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} others` : shown
}

/** The longest text of an error in a reason, in characters: `describe` has the whole. */
const MAX_TEXT = 160

function textOf({ code, message }: Failure): string {
  const line = message.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '')
  return `${code}: ${line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 1)}…` : line}`
}
