import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ResourceNotFoundException } from '@aws-sdk/client-lambda'
import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import type { DeployedMapping } from '../../../lib/lambda/event-source-mappings.ts'
import { isHeld, madeTags } from '../../../lib/lambda/mapping-tag.ts'
import { answerRequest } from '../../../lib/operate/custom-resource.ts'
import { removeMappings, type SettledConnector, settleMappings } from '../../../lib/operate/settle-mappings.ts'

const SERVICE = 'shop-dev'
const RECONCILE = 'shop-dev-shop-reconcile'
const made = madeTags({ Tags: { service: SERVICE } })
const connector: SettledConnector = {
  service: SERVICE,
  functionName: 'shop-dev-shop',
  reconcile: RECONCILE,
  reads: 'topics',
}
const soon = () => Date.now() + 5_000

/** Lambda with mappings of the connector's function, by topic, and their tags. */
function createLambda(
  tagsByTopic: Record<string, Record<string, string>>,
  reconcile: () => Promise<unknown> = async () => ({}),
) {
  const mappings = new Map(Object.entries(tagsByTopic))
  const tags: Record<string, string> = {}
  const calls: string[] = []
  const warned: string[] = []
  let isDenied = false
  return {
    calls,
    warned,
    tags,
    topics: () => [...mappings.keys()],
    denyOnce: () => {
      isDenied = true
    },
    functions: {
      async arn(name: string) {
        if (isDenied) {
          isDenied = false
          throw Object.assign(new Error('is not authorized to perform: lambda:GetFunction'), {
            name: 'AccessDeniedException',
          })
        }
        return name
      },
      async invoke(name: string) {
        calls.push(`invoke ${name} ${isHeld(tags) ? 'held' : 'free'}`)
        return await reconcile()
      },
    },
    mappings: {
      list: async () =>
        Array.from(
          mappings.keys(),
          (topic): DeployedMapping => ({
            uuid: topic,
            arn: topic,
            topic,
            functionArn: 'f',
            state: 'Enabled',
            configuration: {},
          }),
        ),
      tags: async (arn: string) => mappings.get(arn) ?? {},
      tag: async (_: string, added: Record<string, string>) => void Object.assign(tags, added),
      untag: async (_: string, names: string[]) => {
        for (const name of names) delete tags[name]
      },
      async delete(uuid: string) {
        calls.push(`delete ${uuid} ${isHeld(tags) ? 'held' : 'free'}`)
        mappings.delete(uuid)
      },
    },
    logger: { info: () => {}, warn: (text: unknown) => void warned.push(String(text)), error: () => {} },
  }
}

test('a connector that now names its topics loses the mappings that were made for it, while their maker is held', async () => {
  const lambda = createLambda({ orders: made, payments: made, refunds: {} })
  await settleMappings(connector, lambda as never, soon())
  expect(lambda.calls).toEqual(['delete orders held', 'delete payments held'])
  expect(lambda.topics()).toEqual(['refunds'])
})

test('a pattern gets its mappings at once, also if an earlier deployment has held their maker', async () => {
  const lambda = createLambda({ orders: made })
  await settleMappings(connector, lambda as never, soon())
  await settleMappings({ ...connector, reads: 'pattern' }, lambda as never, soon())
  expect(lambda.calls.at(-1)).toBe(`invoke ${RECONCILE} free`)
})

test('a pattern whose mappings can’t be made now does not stop the deployment', async () => {
  const lambda = createLambda({}, () => Promise.reject(new Error('no broker answers')))
  await settleMappings({ ...connector, reads: 'pattern' }, lambda as never, soon())
  expect(lambda.warned).toEqual([expect.stringContaining('the schedule tries again every five minutes')])
})

test('permissions of a role that was just made are waited for', async () => {
  const lambda = createLambda({ orders: made })
  lambda.denyOnce()
  await settleMappings(connector, lambda as never, soon())
  expect(lambda.topics()).toEqual([])
})

test('a connector that is removed leaves no mappings; nothing is wrong if its function is gone', async () => {
  const lambda = createLambda({ orders: made })
  await removeMappings({ ...connector, reads: 'pattern' }, lambda as never, soon())
  expect(lambda.topics()).toEqual([])
  const missing = new ResourceNotFoundException({ message: 'gone', $metadata: {}, Type: 'User' })
  lambda.mappings.list = () => Promise.reject(missing)
  await expect(removeMappings(connector, lambda as never, soon())).resolves.toBeUndefined()
})

test('mappings that Lambda does not delete in time are named', async () => {
  const lambda = createLambda({ orders: made })
  lambda.mappings.delete = async () => {}
  await expect(removeMappings(connector, lambda as never, Date.now() + 100)).rejects.toMatchObject({
    code: 'LAMBDA_UNAVAILABLE',
    message: 'Lambda is still deleting the mappings of orders; deploy again in a few minutes',
  })
})

describe('CloudFormation is told', () => {
  const answers: unknown[] = []
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      answers.push([request.method, request.headers['content-type'], JSON.parse(Buffer.concat(chunks).toString())])
      response.writeHead(status).end()
    })
  })
  let event: CloudFormationCustomResourceEvent

  beforeAll(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`
    event = { ResponseURL, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Shop' } as never
  })

  afterAll(() => void server.close())

  const told = {
    PhysicalResourceId: 'shop-dev-shop',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Shop',
  }

  test('of success, without a content type, which its address is not signed for', async () => {
    await answerRequest(event, 'shop-dev-shop', async () => {})
    expect(answers.at(-1)).toEqual(['PUT', '', { Status: 'SUCCESS', ...told }])
  })

  test('of a failure, with a reason that fits', async () => {
    await answerRequest(event, 'shop-dev-shop', () => Promise.reject(new Error('x'.repeat(5_000))))
    expect(answers.at(-1)).toEqual(['PUT', '', { Status: 'FAILED', Reason: 'x'.repeat(1_000), ...told }])
  })

  test('and if it does not hear it, the invocation fails, so that it is repeated', async () => {
    status = 503
    await expect(answerRequest(event, 'shop-dev-shop', async () => {})).rejects.toThrow('answered 503')
  })
})
