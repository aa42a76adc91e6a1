import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { json } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { type Certificate, createCertificates } from '../../local/certificates.ts'

/** A schema as a client registers it. */
interface Registered {
  schema: string
  schemaType?: string
  references?: { name: string; subject: string; version: number }[]
}

/** What a request is answered with, by Confluent's API. */
interface Answer {
  status: number
  body: unknown
}

const found = (body: unknown): Answer => ({ status: 200, body })
const notFound = (error_code: number, message: string): Answer => ({ status: 404, body: { error_code, message } })

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function close(server: Server & { closeAllConnections(): void }): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/**
 * A schema registry in memory, over HTTP, as far as serializers and deserializers use one. Source: Confluent documentation,
 * "Schema Registry API Reference".
 */
export class TestRegistry {
  /** Method and path of each request, in their order. */
  readonly requests: string[] = []
  /** Answers of the next requests in place of its own. */
  readonly next: Answer[] = []
  /** What a request has to have in its header `Authorization`. */
  authorization?: string
  /** Of schemas that were registered, those that this server has not heard of yet, by their ids. */
  readonly notYetKnown = new Set<number>()
  /** How many requests it had to answer at the same time. */
  mostAtOnce = 0
  #open = 0
  readonly #schemas: Registered[] = []
  /** Versions that are softly deleted, as `<subject>/<version>`. */
  readonly #deleted = new Set<string>()
  readonly #subjects = new Map<string, number[]>()
  readonly #server = createServer((request, response) => this.#respond(request, response))

  async start(): Promise<string> {
    return `http://127.0.0.1:${await listen(this.#server)}`
  }

  async stop(): Promise<void> {
    await close(this.#server)
  }

  /**
   * The same registry with a certificate, the authority that signed it, and the certificate of a client.
   *
   * @param mutual whether clients need a certificate of that authority
   */
  async behindTls(
    mutual = false,
  ): Promise<{ endpoint: string; ca: string; client: Certificate; stop(): Promise<void> }> {
    const { authority, broker, client } = await createCertificates()
    const options = { ...broker, ca: authority.cert, requestCert: mutual, rejectUnauthorized: mutual }
    const server = createTlsServer(options, (request, response) => this.#respond(request, response))
    const endpoint = `https://127.0.0.1:${await listen(server)}`
    return { endpoint, ca: authority.cert, client, stop: () => close(server) }
  }

  /** Adds a schema to a subject, and gives its id. */
  register(subject: string, schema: Registered): number {
    const known = this.#schemas.findIndex(other => JSON.stringify(other) === JSON.stringify(schema))
    const id = known === -1 ? this.#schemas.push(schema) : known + 1
    const versions = this.#subjects.get(subject) ?? []
    if (!versions.includes(id)) this.#subjects.set(subject, [...versions, id])
    return id
  }

  /** Deletes a version, which is still there for those who ask for deleted ones. */
  delete(subject: string, version: number): void {
    this.#deleted.add(`${subject}/${version}`)
  }

  /** The same for every registry, whatever the schema's id. */
  guidOf(id: number): string {
    const hex = createHash('md5')
      .update(JSON.stringify(this.#schemas[id - 1]))
      .digest('hex')
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open)
    response.once('close', () => this.#open--)
    // Those that are sent at the same time arrive within a few turns.
    await setImmediate()
    const { status, body } = await this.#answer(request)
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { method, url = '', headers } = request
    this.requests.push(`${method} ${url}`)
    const answer = this.next.shift()
    if (answer) return answer
    if (this.authorization !== undefined && headers.authorization !== this.authorization) {
      return { status: 401, body: { error_code: 401, message: 'Unauthorized' } }
    }
    const [path = '', query] = url.split('?')
    const parts = path.split('/').slice(1).map(decodeURIComponent)
    if (method === 'POST') return this.#post(parts, (await json(request)) as Registered)
    if (parts[0] === 'schemas') return this.#schema(parts[1] === 'guids' ? this.#idOf(parts[2]) : Number(parts[2]))
    if (parts[0] === 'subjects' && parts[2] === 'versions') {
      return this.#version(parts[1] ?? '', parts[3] ?? '', query === 'deleted=true')
    }
    return { status: 404, body: '<html>Not Found</html>' }
  }

  #post([, subject = '']: string[], { schema, schemaType, references }: Registered): Answer {
    const id = this.register(subject, { schema, schemaType, references })
    const version = (this.#subjects.get(subject) ?? []).indexOf(id) + 1
    return found({ subject, id, version, guid: this.guidOf(id), schema, schemaType, references })
  }

  #idOf(guid = ''): number {
    return this.#schemas.findIndex((_, index) => this.guidOf(index + 1) === guid) + 1
  }

  #schema(id: number): Answer {
    const schema = this.#schemas[id - 1]
    if (!schema || this.notYetKnown.has(id)) return notFound(40403, `Schema ${id} not found`)
    // The first format that there was has no name in answers.
    const schemaType = schema.schemaType === 'AVRO' ? undefined : schema.schemaType
    return found({ ...schema, schemaType, guid: this.guidOf(id) })
  }

  #version(subject: string, version: string, withDeleted: boolean): Answer {
    const ids = this.#subjects.get(subject)
    if (!ids) return notFound(40401, `Subject '${subject}' not found.`)
    const id = version === 'latest' ? ids.at(-1) : ids[Number(version) - 1]
    const isDeleted = this.#deleted.has(`${subject}/${version}`) && !withDeleted
    if (id === undefined || isDeleted) return notFound(40402, `Version ${version} not found.`)
    const { body } = this.#schema(id)
    return found({ ...(body as object), subject, id, version: ids.indexOf(id) + 1 })
  }
}
