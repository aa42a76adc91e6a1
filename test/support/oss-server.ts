import { createHash } from 'node:crypto'
import { type Answer, type AnsweringServer, type ReceivedRequest, startAnsweringServer } from './answering-server.ts'

/** What a small store does that a test can choose. */
export interface OssTraits {
  /** A bucket with versioning ignores the header that forbids overwriting. Source: OSS, "PutObject". */
  versioning?: boolean
  /** Whether it deletes several objects with one request. */
  deletesMany?: boolean
  /** Answers a request itself, before the store sees it. */
  before?: (request: ReceivedRequest) => Answer | undefined
  /** Answers a request that the store has carried out. */
  after?: (request: ReceivedRequest) => Answer | undefined
}

/** A store in memory that refuses and obeys what Alibaba Cloud OSS does. */
export interface OssServer extends AnsweringServer {
  objects: Map<string, Buffer>
  /** Uploads that are neither completed nor aborted. */
  uploads: Map<string, Buffer[]>
  traits: OssTraits
}

const refuse = (status: number, code: string): Answer => ({
  status,
  body: `<Error><Code>${code}</Code><Message>refused by the test's store</Message></Error>`,
})
const etagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex').toUpperCase()}"`

/**
 * Conditional headers of S3 are answered with 501 (tobi/walgit 67); `x-oss-forbid-overwrite: true` with 409 when the object
 * exists. Source: Alibaba Cloud OSS, error codes 0026-00000002 and 0042-00000214.
 */
export async function startOssServer(): Promise<OssServer> {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Buffer[]>()
  const traits: OssTraits = {}

  const isForbidden = (key: string, { headers }: ReceivedRequest) =>
    headers['x-oss-forbid-overwrite'] === 'true' && !traits.versioning && objects.has(key)

  function store(key: string, bytes: Buffer, request: ReceivedRequest): Answer | undefined {
    if (isForbidden(key, request)) return refuse(409, 'FileAlreadyExists')
    objects.set(key, bytes)
    return undefined
  }

  function carryOut(request: ReceivedRequest): Answer {
    const { method, headers, body } = request
    const url = new URL(request.url, 'http://store')
    const key = decodeURIComponent(url.pathname).replace(/^\/lake\/?/, '')
    const id = url.searchParams.get('uploadId') ?? ''
    if (headers['if-none-match'] ?? headers['if-match']) return refuse(501, 'NotImplemented')
    if (method === 'POST' && url.searchParams.has('delete')) {
      if (!traits.deletesMany) return refuse(501, 'NotImplemented')
      for (const [, listed = ''] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(listed)
      return { body: '<DeleteResult/>' }
    }
    if (method === 'POST' && url.searchParams.has('uploads')) {
      uploads.set(`upload-${uploads.size}`, [])
      return { body: `<R><UploadId>upload-${uploads.size - 1}</UploadId></R>` }
    }
    if (method === 'PUT' && id) {
      Object.assign(uploads.get(id) ?? [], { [Number(url.searchParams.get('partNumber')) - 1]: body })
      return { headers: { etag: etagOf(body) } }
    }
    if (method === 'POST' && id) {
      const parts = uploads.get(id)
      if (!parts) return refuse(404, 'NoSuchUpload')
      const bytes = Buffer.concat(parts)
      const refused = store(key, bytes, request)
      if (refused) return refused
      uploads.delete(id)
      return { body: `<R><ETag>${etagOf(bytes)}</ETag></R>` }
    }
    if (method === 'DELETE') {
      if (id) uploads.delete(id)
      else objects.delete(key)
      return { status: 204 }
    }
    if (method === 'PUT') return store(key, body, request) ?? { headers: { etag: etagOf(body) } }
    const bytes = objects.get(key)
    if (!bytes) return method === 'HEAD' ? { status: 404 } : refuse(404, 'NoSuchKey')
    const described = { etag: etagOf(bytes), 'content-length': String(bytes.length) }
    return { headers: described, body: method === 'HEAD' ? undefined : bytes }
  }

  const server = await startAnsweringServer(request => {
    const answer = traits.before?.(request) ?? carryOut(request)
    return traits.after?.(request) ?? answer
  })
  return Object.assign(server, { objects, uploads, traits })
}
