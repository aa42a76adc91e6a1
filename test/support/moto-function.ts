import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Moto } from './moto.ts'

/** The smallest archive there is: it has no files. */
const emptyZip = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])

/** How AWS's clients reach moto. */
export function configOf({ endpoint }: Moto) {
  return { endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
}

/** A client of moto's Lambda. */
export function lambdaOf(moto: Moto): LambdaClient {
  return new LambdaClient(configOf(moto))
}

/** Makes a function that event source mappings can call. */
export async function createFunction(moto: Moto, name: string): Promise<void> {
  const role = new URLSearchParams({
    Action: 'CreateRole',
    Version: '2010-05-08',
    RoleName: name,
    AssumeRolePolicyDocument: '{}',
  })
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request'
  await fetch(moto.endpoint, { method: 'POST', body: role, headers: { authorization } })
  await lambdaOf(moto).send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: `arn:aws:iam::123456789012:role/${name}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: emptyZip },
    }),
  )
}
