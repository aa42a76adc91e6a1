import fc from 'fast-check'
import { CodedError } from '../../../lib/error.ts'
import type { TopicSettings } from '../../../lib/kafka/admin/topic-changes.ts'
import { acceptedSettings } from '../../../lib/replication/accepted-settings.ts'

const settings = fc.dictionary(fc.stringMatching(/^[a-z.]{1,12}$/), fc.string(), { maxKeys: 24, noNullPrototype: true })

/** A cluster that doesn't know some settings, and counts how often it is asked. */
function clusterWithout(unknown: string[]) {
  const cluster = {
    checks: 0,
    check: async (asked: TopicSettings) => {
      cluster.checks += 1
      // Apache Kafka stops at the first one; "Tiered Storage functionality is disabled in the broker" names none at all.
      if (Object.keys(asked).some(name => unknown.includes(name))) throw new CodedError('KAFKA_REJECTED', 'refused')
    },
  }
  return cluster
}

// KAFKA-9218: a cluster refuses all settings of a topic because of one that it doesn't know, and may not say which one.
test('law: a topic gets all settings that the cluster knows, and those that it refuses are named in order', async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.infiniteStream(fc.boolean()), async (settings, isUnknown) => {
      const names = Object.keys(settings)
      const unknown = names.filter(() => isUnknown.next().value)
      const { accepted, refused } = await acceptedSettings(settings, clusterWithout(unknown).check)
      expect(refused.map(({ name }) => name)).toEqual(unknown)
      expect(accepted).toEqual(Object.fromEntries(Object.entries(settings).filter(([name]) => !unknown.includes(name))))
    }),
  )
})

test('a cluster with thirty settings, of which it refuses one, is asked about ten times', async () => {
  const settings = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`s${index}`, '1']))
  const cluster = clusterWithout(['s17'])
  await acceptedSettings(settings, cluster.check)
  expect(cluster.checks).toBeLessThanOrEqual(12)
})

test.each([
  ['refuses the topic for another reason, such as its replicas', new CodedError('KAFKA_REJECTED', 'replicas'), 1],
  ['does not answer', new CodedError('KAFKA_UNAVAILABLE', 'gone', { retryable: true }), 0],
  ['denies access', new CodedError('KAFKA_ACCESS_DENIED', 'denied'), 0],
])('a cluster that %s has not refused any setting', async (_, error, from) => {
  const check = async (asked: TopicSettings) => {
    if (from === 1 || Object.keys(asked).length > 0) throw error
  }
  await expect(acceptedSettings({ a: '1', b: '2' }, check)).rejects.toBe(error)
})
