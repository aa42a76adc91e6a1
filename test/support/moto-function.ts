import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Moto } from './moto.ts'

/** The smallest archive there is: it has no files. */
const emptyZip = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])

/** A client of moto's Lambda. */
export function lambdaOf({ endpoint }: Moto): LambdaClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return new LambdaClient({ endpoint, region: 'eu-central-1', credentials })
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
