import type { Deployment } from '../../../../lib/connectors/commands/deployment.ts'
import { removeSummary } from '../../../../lib/connectors/commands/summary.ts'
import { dump, read, replicate } from '../../../support/connectors.ts'

const place = { stackName: 'lake-dev', region: 'eu-central-1' }
const deployment = { service: 'lake-dev' } as Deployment

const kept = async (connectors: Record<string, object>) =>
  (await removeSummary(read(connectors), deployment, place)).split('\n').map(line => line.trim())

test('what stays of a removed service has the command that deletes it', async () => {
  expect(await kept({ flow: dump({ to: { createBucket: true } }) })).toEqual([
    'Kept, as it holds data or positions. What you don’t need you can delete:',
    expect.stringMatching(/^bucket my-lake with its objects .*: aws s3 rb s3:\/\/my-lake --force$/),
    'to deploy again with a bucket that is kept, declare createBucket: false',
    'consumer groups of flow, from which it continues: lake-dev-flow-orders: kafka-consumer-groups.sh --delete --group …',
  ])
})

test('a bucket that the service was given is not one to delete', async () => {
  const lines = await kept({ flow: dump({ to: { prefix: 'kafka' } }) })
  expect(lines).toContain('objects of flow in my-lake, below kafka/')
  expect(lines.join()).not.toContain('aws s3')
})

test('of a replication, topics on the target stay', async () => {
  expect(await kept({ copy: replicate() })).toContainEqual(expect.stringMatching(/^topics of copy on the target/))
})
