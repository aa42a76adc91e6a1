import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { readObjectRecords } from '../../lib/index.ts'
import { createStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { stack, uniqueName } from '../support/stack.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFile(join(root, file), 'utf8')

/** The code of the page behind a marker, bundled with the options that the page names. */
async function bundle(name: string, folder: string): Promise<string> {
  const marked = new RegExp(`<!-- tried: ${name} -->\\n\\n\`\`\`ts\\n([\\s\\S]*?)\`\`\``)
  const [, contents = ''] = marked.exec(await read('docs/own-handler.md')) ?? []
  const outfile = join(folder, `${name}.mjs`)
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outfile,
    alias: {
      '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled',
      'kafka-functions': join(root, 'lib/index.ts'),
    },
    banner: { js: "import{createRequire as cr}from'node:module';const require=cr(import.meta.url);" },
  })
  return outfile
}

test.each([
  { name: 'dump', prefix: 'orders/' },
  { name: 'write', prefix: 'own/orders/' },
])(
  'the handler “$name” of docs/own-handler.md, bundled by esbuild, puts an event’s records into the bucket',
  async example => {
    const settings = { ...stack.store, bucket: uniqueName('own-handler') }
    const { bucket, endpoint = '', credentials } = settings
    const { accessKeyId = '', secretAccessKey = '' } = credentials ?? {}
    await openBucket(settings)
    const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-own-'))
    const handler = new FunctionProcess(await bundle(example.name, folder), {
      ...{ S3_BUCKET: bucket, S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: accessKeyId },
      ...{
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        S3_ACCESS_KEY_ID: accessKeyId,
        S3_SECRET_ACCESS_KEY: secretAccessKey,
      },
    })
    await handler.respond(JSON.parse(await read('events/aws-msk.json')))
    await handler.stop()
    await rm(folder, { recursive: true })

    const store = createStore(settings)
    const places: string[] = []
    for await (const { key } of store.list(example.prefix)) {
      for await (const records of readObjectRecords(key, await store.get(key)))
        for (const { partition, offset } of records) places.push(`${partition}-${offset}`)
    }
    expect(places.toSorted()).toEqual(['0-15', '0-16', '1-7'])
  },
)
