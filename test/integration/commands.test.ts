import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stack, uniqueName } from '../support/stack.ts'

const root = join(import.meta.dirname, '../..')

/** Runs a command of `local/` against the tests' broker and store, with the bundled function under serverless-offline. */
function run(command: string, ...args: string[]) {
  const { endpoint = '', credentials } = stack.store
  const env = {
    ...process.env,
    KAFKA_BROKERS: stack.connections.plaintext.brokers.join(),
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
    S3_BUCKET: uniqueName('commands'),
  }
  return promisify(execFile)(process.execPath, [join(root, 'local', `${command}.ts`), ...args], { cwd: root, env })
}

test('the demo brings each of its records into the bucket exactly once', async () => {
  const { stdout } = await run('demo')
  expect(stdout).toContain('Each of the 1000 records is in the bucket exactly once, byte for byte.')
}, 120_000)

test('a sample event is invoked, and the objects that it made are shown', async () => {
  const { stdout } = await run('invoke', 'dump', 'events/aws-self-managed.json')
  expect(stdout).toContain('kafka/orders/partition=0/orders+0+0000000000-0000000001.json')
  expect(stdout).toContain(
    '"key":"customer-7","offset":1,"partition":0,"timestamp":1767225601000,"topic":"orders","value":null',
  )
}, 120_000)

test.each([
  ['a file that is not there', ['dump', 'events/none.json'], 'no such file'],
  ['a function that is not there', ['none', 'events/aws-msk.json'], 'Function not found: kafka-functions-dev-none'],
  ['an event that is not one of Kafka', ['dump', 'package.json'], 'Not a Kafka event'],
])(
  '%s is one clear message',
  async (_, args, message) => {
    await expect(run('invoke', ...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^.*✗.*${message}.*\n$`)),
    })
  },
  120_000,
)
