import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { createLambdaClient, lambdaError } from '../../../lib/lambda/client.ts'
import { createEventSourceMappings } from '../../../lib/lambda/event-source-mappings.ts'

/** The API of Lambda, which throttles the first requests. */
async function throttlingApi(throttled: number) {
  let requests = 0
  const server = createServer((_, response) => {
    requests++
    if (requests > throttled) return response.end(JSON.stringify({ Tags: { team: 'lake' } }))
    return response
      .writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException' })
      .end('{"message":"Rate exceeded"}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    count: () => requests,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
  }
}

// After the SDK's three attempts, eight of ten connectors that ran at the same time failed with "Rate exceeded".
test('a request that Lambda throttles is repeated more often than the SDK would', async () => {
  const { server, count, ...config } = await throttlingApi(4)
  await using _ = server
  expect(await createEventSourceMappings(createLambdaClient(config)).tags('arn')).toEqual({ team: 'lake' })
  expect(count()).toBe(5)
})

test('what passes by itself is an error with a code, and so is what is denied', async () => {
  const { server, count, ...config } = await throttlingApi(9)
  await using _ = server
  const asked = createEventSourceMappings(createLambdaClient({ ...config, maxAttempts: 1 })).tags('arn')
  const error = lambdaError(await asked.catch(thrown => thrown), 'read the tags')
  expect(error).toMatchObject({ code: 'LAMBDA_UNAVAILABLE', message: 'Could not read the tags: Rate exceeded' })
  const refused = Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } })
  expect(lambdaError(refused, 'read the tags')).toMatchObject({ code: 'LAMBDA_ACCESS_DENIED', retryable: false })
})

// AWS quotes the request as an aid for debugging. Its headers contain the session's token.
test('a request whose signature is wrong is an error with a code, which does not have the request', async () => {
  const refusal = 'The request signature we calculated does not match the signature you provided.'
  const quoted = "The Canonical String for this request should have been\n'GET\n/\nx-amz-security-token:TOKEN'"
  const refused = Object.assign(new Error(`${refusal}\n\n${quoted}`), { name: 'InvalidSignatureException' })
  const error = lambdaError(refused, 'read the tags') as Error
  expect(error).toMatchObject({ code: 'LAMBDA_ACCESS_DENIED', message: `Could not read the tags: ${refusal}` })
  expect(inspect(error)).not.toContain('TOKEN')
})
