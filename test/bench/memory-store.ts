import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreAddress } from '../../local/s3-proxy.ts'

/** Keys of a listing's page. */
const PAGE_KEYS = 1_000

interface Kept {
  body: Buffer
  metadata: Record<string, string>
  modified: Date
}

/**
 * A store in this process's memory, for the requests that compaction sends, so that a benchmark measures what the client's
 * process does and not how long a store takes. It checks neither signatures nor checksums, and keeps one bucket.
 */
export class MemoryServer {
  readonly objects = new Map<string, Kept>()
  /** How many connections were open at the same time. */
  mostConnections = 0
  #connections = 0
  readonly #latencyMs: number
  readonly #uploads = new Map<string, { key: string; metadata: Record<string, string>; parts: Buffer[] }>()
  #keys: string[] | undefined
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  /** @param latencyMs how long each answer takes, in milliseconds */
  constructor(latencyMs = 0) {
    this.#latencyMs = latencyMs
    this.#server.on('connection', socket => {
      this.#connections += 1
      this.mostConnections = Math.max(this.mostConnections, this.#connections)
      socket.once('close', () => {
        this.#connections -= 1
      })
    })
  }

  async start(): Promise<StoreAddress> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
    return { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true, credentials }
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  keep(key: string, body: Buffer, metadata: Record<string, string> = {}): void {
    if (!this.objects.has(key)) this.#keys = undefined
    this.objects.set(key, { body, metadata, modified: new Date() })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://store')
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'))
    const body = await buffer(request)
    if (this.#latencyMs > 0) await sleep(this.#latencyMs)
    const kept = this.objects.get(key)
    const isTaken = request.headers['if-none-match'] === '*' && kept !== undefined
    const id = url.searchParams.get('uploadId') ?? ''
    const upload = this.#uploads.get(id)
    switch (request.method) {
      case 'HEAD':
      case 'GET':
        if (key === '') return send(response, 200, this.#listing(url.searchParams))
        if (!kept) return refuse(response, 404, 'NoSuchKey')
        return sendObject(request, response, kept)
      case 'PUT':
        if (isTaken) return refuse(response, 412, 'PreconditionFailed')
        if (upload) upload.parts[Number(url.searchParams.get('partNumber')) - 1] = body
        else if (key !== '') this.keep(key, body, metadataOf(request))
        return send(response, 200)
      case 'DELETE':
        this.#delete(key)
        return send(response, 204)
      default:
        if (url.searchParams.has('delete')) {
          for (const [, listed = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) this.#delete(listed)
          return send(response, 200, '<DeleteResult/>')
        }
        if (!upload) {
          const begun = String(this.#uploads.size)
          this.#uploads.set(begun, { key, metadata: metadataOf(request), parts: [] })
          return send(response, 200, `<R><UploadId>${begun}</UploadId></R>`)
        }
        if (isTaken) return refuse(response, 412, 'PreconditionFailed')
        this.keep(key, Buffer.concat(upload.parts), upload.metadata)
        upload.parts = []
        return send(response, 200, '<R><ETag>"e"</ETag></R>')
    }
  }

  #delete(key: string): void {
    if (this.objects.delete(key)) this.#keys = undefined
  }

  #listing(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? ''
    const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
    const most = Math.min(PAGE_KEYS, Number(query.get('max-keys') ?? PAGE_KEYS))
    this.#keys ??= [...this.objects.keys()].sort()
    const found = this.#keys.filter(key => key.startsWith(prefix) && key > after)
    const page = found.slice(0, most)
    const contents = page.map(key => {
      const { body, modified } = this.objects.get(key) as Kept
      const time = `<LastModified>${modified.toISOString()}</LastModified>`
      return `<Contents><Key>${key}</Key><Size>${body.length}</Size>${time}</Contents>`
    })
    const isTruncated = found.length > page.length
    const next = isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
    return `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  }
}

function metadataOf({ headers }: IncomingMessage): Record<string, string> {
  const marked = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'))
  return Object.fromEntries(marked.map(([name, value]) => [name, String(value)]))
}

function sendObject(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { body, metadata, modified }: Kept,
) {
  const described = { ...metadata, etag: '"e"', 'last-modified': modified.toUTCString() }
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? []
  const start = first === '' ? Math.max(0, body.length - Number(last || body.length)) : Number(first)
  const end = first === '' || last === '' ? body.length : Math.min(Number(last) + 1, body.length)
  const range = headers.range ? { 'content-range': `bytes ${start}-${end - 1}/${body.length}` } : {}
  response.writeHead(headers.range ? 206 : 200, { ...described, ...range, 'content-length': end - start })
  response.end(method === 'HEAD' ? undefined : body.subarray(start, end))
}

function send(response: ServerResponse, status: number, body = ''): void {
  response.writeHead(status, { etag: '"e"', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function refuse(response: ServerResponse, status: number, code: string): void {
  send(response, status, `<Error><Code>${code}</Code><Message>refused</Message></Error>`)
}
