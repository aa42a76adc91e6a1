import { readFileSync } from 'node:fs'
import { compressions } from '../../lib/formats/compression.ts'
import { formats, type ObjectForm } from '../../lib/formats/index.ts'
import { fileSource } from './file-source.ts'

/**
 * Reads the object in the named file as it comes, and prints how many records it has and by how much the resident memory grew
 * at most (Linux).
 */
const [path = '', format = 'json', compression = 'none'] = process.argv.slice(2) as [string?, ...string[]]
const form = { format, compression } as ObjectForm
const source = await fileSource(path)
const codec = await formats[form.format].load()
global.gc?.()
const before = process.memoryUsage.rss()
let records = 0
let bytes = 0
if (codec.read) for await (const some of codec.read(source, form.compression)) records += some.length
else for await (const some of compressions[form.compression].decompressStream(source.stream())) bytes += some.length
const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
await source.close()
console.log(JSON.stringify({ records, bytes, grownBytes: Number(kibibytes) * 1024 - before }))
