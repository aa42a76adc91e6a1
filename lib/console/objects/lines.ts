import type { ObjectContent } from '../../connectors/commands/object-content.ts'

/** The longest line that is held, in bytes: a longer one comes in pieces, as the separator may not be the object's. */
const MOST_LINE = 8 * 1024 ** 2

/** The lines of an object whose format keeps values only, without their separators. */
export async function* linesOf({
  lines,
  separator,
}: Extract<ObjectContent, { lines: unknown }>): AsyncGenerator<Buffer[]> {
  let rest = Buffer.alloc(0)
  for await (const bytes of lines) {
    const all = Buffer.concat([rest, bytes])
    const found: Buffer[] = []
    let begin = 0
    for (let end = all.indexOf(separator); end >= 0; end = all.indexOf(separator, begin)) {
      found.push(all.subarray(begin, end))
      begin = end + separator.length
    }
    rest = all.subarray(begin)
    if (rest.length > MOST_LINE) {
      found.push(rest)
      rest = Buffer.alloc(0)
    }
    if (found.length > 0) yield found
  }
  if (rest.length > 0) yield [rest]
}
