import { ACCOUNT, type Asked, REGION } from '../../../local/permissions/granted.ts'
import { KMS_KEY } from '../../../local/permissions/samples.ts'
import type { RecordedRequest } from '../store-recorder.ts'

type Request = Pick<RecordedRequest, 'method' | 'url' | 'headers' | 'body'>

/** The access key and the service that a request is signed for. Source: AWS, "Signature Version 4". */
export function signedFor({ headers }: Request): { accessKeyId: string; service: string } {
  const [, accessKeyId = '', service = ''] =
    /Credential=([^/]+)\/\d+\/[^/]*\/([^/]+)\//.exec(headers.authorization ?? '') ?? []
  return { accessKeyId, service }
}

/** What a request asks of IAM. Source: AWS, "Service Authorization Reference", the page of each service. */
export function askedBy(request: Request): Asked[] {
  const { service } = signedFor(request)
  const ask = services[service]
  if (!ask) throw new Error(`Which permission does a request to ${service} need? ${request.method} ${request.url}`)
  return ask(request)
}

const services: Record<string, (request: Request) => Asked[]> = {
  s3: storeAsked,
  lambda: lambdaAsked,
  kafka: ({ url }) => [{ action: 'kafka:GetBootstrapBrokers', resource: clusterOf(url) }],
  secretsmanager: ({ body }) => {
    const { SecretId } = JSON.parse(body.toString()) as { SecretId: string }
    return [{ action: 'secretsmanager:GetSecretValue', resource: SecretId }, ...decrypting(SecretId)]
  },
  ssm: ({ body }) => {
    const { Name } = JSON.parse(body.toString()) as { Name: string }
    const resource = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${Name.replace(/^\//, '')}`
    return [{ action: 'ssm:GetParameter', resource }]
  },
  // The registry and the schema are known by the version's id only, so any of the role's may be meant.
  glue: () => [{ action: 'glue:GetSchemaVersion', resource: `arn:aws:glue:${REGION}:${ACCOUNT}:registry/lake` }],
}

/** Secrets whose names say that a customer's key encrypts them: Secrets Manager decrypts them as the caller. */
function decrypting(secret: string): Asked[] {
  return secret.includes('encrypted') ? [{ action: 'kms:Decrypt', resource: KMS_KEY }] : []
}

/** Source: Amazon S3, "Required permissions for Amazon S3 API operations". */
function storeAsked({ method, url, headers }: Request): Asked[] {
  const { pathname, searchParams: query } = new URL(url, 'http://s3')
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/')
  const bucketArn = `arn:aws:s3:::${bucket}`
  const key = rest.join('/')
  const resource = `${bucketArn}/${key}`
  const object = (action: string) => ({ action: `s3:${action}`, resource })
  if (key === '' && method === 'GET') {
    const prefix = query.get('prefix') ?? ''
    return [{ action: 's3:ListBucket', resource: bucketArn, context: { 's3:prefix': prefix } }]
  }
  if (method === 'DELETE') return [object(query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject')]
  if (method === 'GET' || method === 'HEAD') return [object('GetObject')]
  if (query.has('delete')) return [{ action: 's3:DeleteObject', resource: `${bucketArn}/*` }]
  const keyArn = headers['x-amz-server-side-encryption-aws-kms-key-id']
  // S3 encrypts with the key as the caller, and decrypts the parts of an upload when it joins them.
  const encrypting = keyArn ? ['kms:GenerateDataKey', ...(query.has('uploads') ? ['kms:Decrypt'] : [])] : []
  return [
    object('PutObject'),
    ...(headers['x-amz-acl'] ? [object('PutObjectAcl')] : []),
    ...(headers['x-amz-tagging'] ? [object('PutObjectTagging')] : []),
    ...encrypting.map(action => ({ action, resource: String(keyArn) })),
  ]
}

/**
 * What S3 asks of IAM once it has looked at an object: whoever may not list a bucket isn't told that an object doesn't exist, and
 * an object that a customer's key encrypts is decrypted as the caller.
 */
export function askedAfter({ method, url }: Request, status: number, answered: Request['headers']): Asked | undefined {
  const [, bucket] = new URL(url, 'http://s3').pathname.split('/')
  if (status === 404 && ['GET', 'HEAD'].includes(method))
    return { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` }
  const key = answered['x-amz-server-side-encryption-aws-kms-key-id']
  return method === 'GET' && status < 300 && key ? { action: 'kms:Decrypt', resource: String(key) } : undefined
}

function clusterOf(url: string): string {
  return decodeURIComponent(url.replace(/^\/v1\/clusters\//, '').replace(/\/bootstrap-brokers$/, ''))
}

/** The operations of Lambda's API that the functions use, by method and path. Source: AWS Lambda API Reference. */
const lambdaOperations: [RegExp, string][] = [
  [/^GET \/2015-03-31\/event-source-mappings/, 'ListEventSourceMappings'],
  [/^POST \/2015-03-31\/event-source-mappings/, 'CreateEventSourceMapping'],
  [/^PUT \/2015-03-31\/event-source-mappings\//, 'UpdateEventSourceMapping'],
  [/^DELETE \/2015-03-31\/event-source-mappings\//, 'DeleteEventSourceMapping'],
  [/^GET \/2017-03-31\/tags\//, 'ListTags'],
  [/^POST \/2017-03-31\/tags\//, 'TagResource'],
  [/^DELETE \/2017-03-31\/tags\//, 'UntagResource'],
  [/^POST \/2015-03-31\/functions\/[^/]+\/invocations/, 'InvokeFunction'],
  [/^GET \/2015-03-31\/functions\/[^/]+$/, 'GetFunction'],
]

/** The functions that mappings call, by the mapping's id: what a condition on `lambda:FunctionArn` compares. */
export const mappedFunctions = new Map<string, string>()

function lambdaAsked({ method, url, body }: Request): Asked[] {
  const path = decodeURIComponent(new URL(url, 'http://lambda').pathname)
  const [, operation] = lambdaOperations.find(([form]) => form.test(`${method} ${path}`)) ?? []
  if (!operation) throw new Error(`Which operation of Lambda is ${method} ${path}?`)
  const action = `lambda:${operation}`
  const last = path.split('/').at(-1) ?? ''
  if (operation.endsWith('EventSourceMapping')) {
    const named = operation.startsWith('Create') ? (JSON.parse(body.toString()).FunctionName as string) : undefined
    const arn = named === undefined ? mappedFunctions.get(last) : functionArn(named)
    return [{ action, resource: '*', context: arn === undefined ? {} : { 'lambda:FunctionArn': arn } }]
  }
  if (operation === 'ListEventSourceMappings') return [{ action, resource: '*' }]
  if (path.includes('/tags/')) return [{ action, resource: path.slice(path.indexOf('/tags/') + '/tags/'.length) }]
  return [{ action, resource: functionArn(path.split('/')[3] ?? '') }]
}

function functionArn(name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`
}
