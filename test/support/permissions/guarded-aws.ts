import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Statement } from '../../../lib/cloudformation/template.ts'
import { ACCOUNT, type Asked, allows, type Granted, grantedBy } from '../../../local/permissions/granted.ts'
import type { Moto } from '../moto.ts'
import { askedAfter, askedBy, mappedFunctions, signedFor } from './asked.ts'

/** AWS as a role sees it: a request is answered if the role's statements allow it. */
export interface GuardedAws {
  endpoint: string
  /** Lets in an access key with these statements. */
  admit(accessKeyId: string, statements: readonly Statement[]): Admitted
  close(): Promise<void>
}

/** What an access key may do, and has done. */
export interface Admitted {
  granted: Granted[]
  /** The permissions that a request needed. */
  used: Set<Granted>
  /** What was refused. */
  refused: Asked[]
  /** The code of an error with which the store answers in the place of AWS; undefined: AWS answers. */
  fault(request: { method: string; url: string }): Promise<string | undefined>
}

type Request = Parameters<typeof askedBy>[0]

/** @param brokers those of MSK's cluster, which moto can't tell */
export async function startGuardedAws({ endpoint }: Moto, brokers: string): Promise<GuardedAws> {
  const keys = new Map<string, Admitted>()
  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch(error => response.writeHead(500).end(String(error)))
  })
  server.on('checkContinue', (incoming: IncomingMessage, response: ServerResponse) => {
    response.writeContinue()
    server.emit('request', incoming, response)
  })

  async function answer(incoming: IncomingMessage, response: ServerResponse) {
    const { method = '', url = '', headers } = incoming
    const request = { method, url, headers, body: await buffer(incoming) }
    const { accessKeyId, service } = signedFor(request)
    const admitted = keys.get(accessKeyId)
    if (!admitted) throw new Error(`Nobody has let in ${accessKeyId}`)
    const asked = askedBy(request)
    for (const one of asked) if (!uses(admitted, one)) return refuse(response, service, one)
    const fault = await admitted.fault(request)
    if (fault) return void response.writeHead(400, { 'content-type': 'application/xml' }).end(errorOf(fault, fault))
    const ours = ownAnswers[service]?.(brokers)
    if (ours) return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ours))
    await passOn(request, response, endpoint, admitted)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    admit(accessKeyId, statements) {
      const granted = grantedBy(statements)
      const admitted = { granted, used: new Set<Granted>(), refused: [], fault: async () => undefined }
      keys.set(accessKeyId, admitted)
      return admitted
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Whether something is allowed. Notes the permissions that allow it, or that it was refused. */
function uses({ granted, used, refused }: Admitted, asked: Asked): boolean {
  const allowing = granted.filter(one => allows(one, asked))
  for (const one of allowing) used.add(one)
  if (allowing.length === 0) refused.push(asked)
  return allowing.length > 0
}

/** What moto doesn't have. */
const ownAnswers: Record<string, (brokers: string) => object> = {
  // The test's clusters have passwords where MSK has IAM.
  kafka: brokers => ({ bootstrapBrokerStringSaslScram: brokers }),
  glue: () => ({ SchemaDefinition: '"string"', DataFormat: 'AVRO', Status: 'AVAILABLE' }),
}

/** Refuses as AWS does, which names the action. Source: AWS IAM, "Troubleshoot access denied error messages". */
function refuse(response: ServerResponse, service: string, { action, resource }: Asked): void {
  const user = `arn:aws:sts::${ACCOUNT}:assumed-role/lake/dump`
  const where = resource === '*' ? '' : ` on resource: ${resource}`
  const message = `User: ${user} is not authorized to perform: ${action}${where} because no identity-based policy allows the ${action} action`
  if (service === 's3') {
    response.writeHead(403, { 'content-type': 'application/xml' }).end(errorOf('AccessDenied', message))
    return
  }
  const type = 'AccessDeniedException'
  // Services with the JSON protocol answer 400, those with REST 403.
  const status = service === 'lambda' || service === 'kafka' ? 403 : 400
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': type }
  response.writeHead(status, headers).end(JSON.stringify({ __type: type, message, Message: message }))
}

function errorOf(code: string, message: string): string {
  return `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
}

async function passOn(request: Request, response: ServerResponse, upstream: string, admitted: Admitted) {
  const { method, url, headers, body } = request
  const { expect: _, ...passed } = headers
  const onward = httpRequest(new URL(url, upstream), { method, headers: passed, setHost: false })
  onward.end(body)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  const content = await buffer(answer)
  const status = answer.statusCode ?? 500
  const { service } = signedFor(request)
  const late = service === 's3' ? askedAfter(request, status, answer.headers) : undefined
  if (late && !uses(admitted, late)) return refuse(response, service, late)
  if (service === 'lambda' && method === 'POST' && url.includes('event-source-mappings')) {
    const { UUID, FunctionArn } = JSON.parse(content.toString())
    mappedFunctions.set(UUID, FunctionArn)
  }
  response.writeHead(status, answer.headers).end(content)
}
