import type { EncodeOptions, StoredRecord } from '../../formats/format.ts'
import { jsonl } from '../../formats/jsonl.ts'
import { parseJson } from '../../parse-json.ts'
import { CommandError, type StreamingContext } from './command.ts'
import { type ObjectContent, stagedContent, storedContent } from './object-content.ts'
import { dumpNamed, openConnector } from './opened-connector.ts'
import { ProgressLine } from './progress-line.ts'
import { ReadingProgress } from './reading-progress.ts'

export interface CatOptions {
  name: string
  /** Of an object, also one that is staged or in quarantine; with `s3://<bucket>/` before it or without. */
  key: string
  /** The most records. */
  limit?: string
}

/** Prints an object's records as JSON lines; of `raw`, its lines as they are. */
export async function cat(context: StreamingContext, options: CatOptions): Promise<void> {
  const limit = limitOf(options)
  const progress = new ReadingProgress(ProgressLine.besideResults())
  const { commits, ...connector } = await openConnector(dumpNamed(options.name, context), context.deployment)
  const opened = { ...connector, commits: progress.ofStore(commits) }
  const key = options.key.replace(`s3://${opened.settings.store.bucket}/`, '')
  try {
    const content = (await stagedContent(key, opened)) ?? (await storedContent(key, opened))
    if ('records' in content) await printRecords(content, limit, context)
    else await printLines(content, limit, context)
  } finally {
    progress.end()
  }
}

function limitOf({ limit }: CatOptions): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d*$/.test(limit)) return Number(limit)
  throw new CommandError(`--limit: expected a whole number from 1, got ${limit}`)
}

/** Everything that a record has; bytes that are no text in base64, as in the format json. */
const everything: EncodeOptions = {
  ...{ values: 'bytes', compression: 'none', includeHeaders: true, includeKey: true, includeValueSize: true },
  ...{ maxInlineValueBytes: 0, recordSeparator: '\n' },
}

async function printRecords(
  { records, hasJson }: Extract<ObjectContent, { records: unknown }>,
  limit: number,
  { output }: StreamingContext,
): Promise<void> {
  let left = limit
  for await (const some of records) {
    const shown = some.slice(0, left)
    left -= shown.length
    const values = hasJson && shown.every(isJson) ? 'json' : 'bytes'
    if (!(await output.write(await jsonl.encode(shown, { ...everything, values }))) || left <= 0) return
  }
}

function isJson({ value }: StoredRecord): boolean {
  return value === null || parseJson(value.toString()) !== undefined
}

async function printLines(
  { lines, separator }: Extract<ObjectContent, { lines: unknown }>,
  limit: number,
  { output }: StreamingContext,
): Promise<void> {
  let left = limit
  let rest = Buffer.alloc(0)
  for await (const bytes of lines) {
    const all = Buffer.concat([rest, bytes])
    let end = 0
    for (let found = all.indexOf(separator); found >= 0 && left > 0; found = all.indexOf(separator, end)) {
      end = found + separator.length
      left--
    }
    if (!(await output.write(all.subarray(0, end))) || left <= 0) return
    rest = all.subarray(end)
  }
  await output.write(rest)
}
