import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress } from 'node:zlib'
import { bundlePage, pageFolder } from './page-bundle.ts'

/** The document that a browser loads first. */
export const pageDocument = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Connectors</title>
<link rel="icon" href="/page/icon.svg">
<link rel="stylesheet" href="/page/style.css">
<link rel="stylesheet" href="/page/parts/record.css">
<script type="module" src="/page/main.js"></script>
</head>
<body><div id="app"></div><noscript>The console needs JavaScript.</noscript></body>
</html>
`

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Names of the page's files: nothing that leads out of its folder. */
const OWN_FILE = /^(?:[a-z0-9-]+\/)*[A-Za-z0-9-]+\.(?:css|js|svg)$/

/** What the document loads. */
export interface PageFiles {
  /** Somebody loads the page: it has what its sources are now. */
  load(): Promise<void>
  /** A file; undefined if there is none of that name. */
  file(path: string): Promise<PageFile | undefined>
}

interface PageFile {
  content: string
  type: string
}

const compress = promisify(brotliCompress)

/** What was compressed, by its content: it is the same for each page that is opened. */
const compressed = new Map<string, Promise<Buffer<ArrayBuffer>>>()

/** A file as it is sent to browsers that read Brotli, which is a tenth smaller than gzip. */
export async function brotliOf({ content }: PageFile): Promise<Buffer<ArrayBuffer>> {
  const known = compressed.get(content) ?? (compress(content) as Promise<Buffer<ArrayBuffer>>)
  compressed.set(content, known)
  return await known
}

/** In the package the files are there. Sources are bundled each time the page is loaded, so that a change is seen at once. */
export function openPage(): PageFiles {
  const isSource = extname(import.meta.filename) === '.ts'
  let bundled: ReturnType<typeof bundlePage> | undefined
  const bundle = () => {
    bundled ??= bundlePage()
    return bundled
  }
  return {
    async load() {
      if (!isSource) return
      bundled = undefined
      await bundle()
    },
    async file(path) {
      if (!OWN_FILE.test(path)) return undefined
      const content = isSource
        ? (await bundle()).get(path)
        : await readFile(join(pageFolder, path), 'utf8').catch(() => undefined)
      return content === undefined ? undefined : { content, type: types[extname(path)] ?? 'text/plain' }
    },
  }
}
