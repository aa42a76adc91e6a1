import type {
  Admin,
  Connection,
  findCoordinatorV4,
  offsetCommitV9,
  offsetDeleteV0,
  offsetFetchV9,
} from '@platformatic/kafka'
import pMap from 'p-map'
import { apiOf } from '../client/client.ts'
import { partialAnswer } from '../client/partial-answer.ts'

/** Requests at a time to one broker. An answer takes a round trip, so one after the other would take one for each group. */
export const GROUP_REQUESTS = 64

/** Number of this type of coordinator. Source: Apache Kafka, `FindCoordinatorRequest.CoordinatorType`. */
const GROUP = 0

/** From these versions on, a request names many groups. Source: Apache Kafka, KIP-699 and KIP-709; Kafka 3.0. */
const MANY_COORDINATORS = 4
const MANY_GROUPS = 8

/** A commit from outside a group. Source: Apache Kafka, `OffsetCommitRequest`. */
const NO_GENERATION = -1
const NO_MEMBER = ''

/** What was asked for each group, and the errors of those for which it failed. */
export interface ByGroup<T> {
  found: Map<string, T>
  failed: Map<string, unknown>
}

type Coordinator = findCoordinatorV4.FindCoordinatorResponseCoordinator
type FetchedGroup = offsetFetchV9.OffsetFetchResponseGroup
export type CommittedTopics = offsetFetchV9.OffsetFetchResponseTopic[]
export type TopicsToCommit = offsetCommitV9.OffsetCommitRequestTopic[]

async function requestOf<Parameters extends unknown[], Response>(admin: Admin, name: string) {
  return await apiOf<Parameters, Response>({ base: admin, library: await import('@platformatic/kafka') }, name)
}

/** The broker that coordinates each group: one request for all groups where brokers allow it. */
export async function coordinatorsOf(admin: Admin, groups: string[]): Promise<ByGroup<Connection>> {
  type Response = findCoordinatorV4.FindCoordinatorResponse
  const api = await requestOf<[number, string[]], Response>(admin, 'FindCoordinator')
  const { brokers } = await admin.metadata({ topics: [] })
  const broker = await admin.connections.getFirstAvailable([...brokers.values()])
  const answers = await askFor<Coordinator>(groups, api.version >= MANY_COORDINATORS, async some => {
    const { response, failed } = await partialAnswer(api.async(broker, GROUP, some))
    return { parts: response.coordinators, nameOf: ({ key }) => key, failed }
  })
  const [found, failed] = [new Map<string, Connection>(), answers.failed]
  const byBroker = Map.groupBy(answers.found, ([, { host, port }]) => `${host}:${port}`)
  const connect = async (coordinated: [string, Coordinator][]) => {
    try {
      const connection = await admin.connections.get((coordinated[0] as [string, Coordinator])[1])
      for (const [group] of coordinated) found.set(group, connection)
    } catch (error) {
      // A broker that stays away doesn't concern the groups of others.
      for (const [group] of coordinated) failed.set(group, error)
    }
  }
  await Promise.all([...byBroker.values()].map(connect))
  return { found, failed }
}

/** The committed positions of each group: one request to each coordinator where brokers allow it. */
export async function fetchPositions(admin: Admin, groups: string[]): Promise<ByGroup<CommittedTopics>> {
  type Response = offsetFetchV9.OffsetFetchResponse & { topics?: CommittedTopics }
  const api = await requestOf<[object[], boolean], Response>(admin, 'OffsetFetch')
  const coordinators = await coordinatorsOf(admin, groups)
  const found = new Map<string, CommittedTopics>()
  const failed = new Map(coordinators.failed)
  // Without `requireStable`, with which one open transaction would fail all groups. Its offsets are not committed yet.
  const requireStable = false
  const ask = async ([connection, some]: [Connection, string[]]) => {
    const answers = await askFor<FetchedGroup>(some, api.version >= MANY_GROUPS, async groups => {
      const wanted = groups.map(groupId => ({ groupId, memberId: null, memberEpoch: -1 }))
      const { response, failed } = await partialAnswer(api.async(connection, wanted, requireStable))
      const parts = response.topics ? [{ groupId: '', topics: response.topics, errorCode: 0 }] : response.groups
      return { parts, nameOf: ({ groupId }) => groupId, failed }
    })
    for (const [group, { topics }] of answers.found) found.set(group, topics)
    for (const [group, error] of answers.failed) failed.set(group, error)
  }
  await Promise.all([...byCoordinator(coordinators)].map(ask))
  return { found, failed }
}

/** Commits the positions of one group without members. Rejects with the library's errors. */
export async function commitPositions(admin: Admin, coordinator: Connection, group: string, topics: TopicsToCommit) {
  type Parameters = [string, number, string, null, TopicsToCommit]
  const api = await requestOf<Parameters, unknown>(admin, 'OffsetCommit')
  await api.async(coordinator, group, NO_GENERATION, NO_MEMBER, null, topics)
}

/** Removes positions of one group without members. Source: Apache Kafka, KIP-496; Kafka 2.4. Rejects with the library's errors. */
export async function deletePositions(
  admin: Admin,
  coordinator: Connection,
  group: string,
  topics: offsetDeleteV0.OffsetDeleteRequestTopic[],
) {
  const api = await requestOf<[string, offsetDeleteV0.OffsetDeleteRequestTopic[]], unknown>(admin, 'OffsetDelete')
  await api.async(coordinator, group, topics)
}

/** Removes one group without members, with its positions. Source: Apache Kafka, KIP-229. Rejects with the library's errors. */
export async function deleteGroup(admin: Admin, coordinator: Connection, group: string) {
  const api = await requestOf<[string[]], unknown>(admin, 'DeleteGroups')
  await api.async(coordinator, [group])
}

function byCoordinator({ found }: ByGroup<Connection>): Map<Connection, string[]> {
  const groups = Map.groupBy(found, ([, connection]) => connection)
  return new Map(Array.from(groups, ([connection, entries]) => [connection, entries.map(([group]) => group)]))
}

/** An answer with a part for each group. Only answers to requests for many groups name them. */
interface GroupsAnswer<Part> {
  parts: Part[]
  nameOf(part: Part): string
  failed: Map<number, unknown>
}

/** Asks for all groups in one request, or side by side for each of them. */
async function askFor<Part>(
  groups: string[],
  together: boolean,
  ask: (groups: string[]) => Promise<GroupsAnswer<Part>>,
): Promise<ByGroup<Part>> {
  const answered: ByGroup<Part> = { found: new Map(), failed: new Map() }
  const requests = together ? [groups] : groups.map(group => [group])
  await pMap(
    requests,
    async some => {
      const { parts, nameOf, failed } = await ask(some)
      for (const [index, part] of parts.entries()) {
        const group = together ? nameOf(part) : (some[0] as string)
        if (failed.has(index)) answered.failed.set(group, failed.get(index))
        else answered.found.set(group, part)
      }
    },
    { concurrency: GROUP_REQUESTS },
  )
  return answered
}
