/** The status and the body of an error, before anything has been read. */
export interface ErrorAnswer {
  statusCode: number
  body: AsyncIterable<Uint8Array> | Uint8Array
}

/** Bytes of an error that are read. A store's own have less than a thousand; a proxy's page may have any number. */
const MAX_ERROR = 64 * 1024

/** Characters of a store's message that are kept, so that it fits into a line of the log and the header of a dead letter. */
export const MAX_MESSAGE = 500

const LONG_MESSAGE = new RegExp(`<Message>[^<]{${MAX_MESSAGE + 1}}`)

/**
 * Reads an error's body, up to {@link MAX_ERROR}, and leaves in its place what the SDK can parse: the XML; of XML that is
 * longer, ends early or has a long message its code and message; and nothing of anything else, such as a proxy's page, so that its status counts.
 */
export async function readErrorAnswer(answer: ErrorAnswer): Promise<void> {
  const { bytes } = await readUpTo(answer.body, MAX_ERROR)
  const text = bytes.toString()
  const isWhole = text.trimEnd().endsWith('</Error>') && !LONG_MESSAGE.test(text)
  answer.body = Buffer.from(/^\s*(<\?xml[^>]*>\s*)?<Error\b/.test(text) ? (isWhole ? text : beginningOf(text)) : '')
}

function beginningOf(text: string): string {
  const code = /<Code>([\w.-]+)<\/Code>/.exec(text)?.[1]
  const message = /<Message>([^<&]*)/.exec(text)?.[1] ?? ''
  return code ? `<Error><Code>${code}</Code><Message>${message.slice(0, MAX_MESSAGE)}</Message></Error>` : ''
}

/** Reads a body, but not much more than `limit` bytes; what follows is not waited for. */
export async function readUpTo(body: ErrorAnswer['body'], limit: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  if (body instanceof Uint8Array) return { bytes: Buffer.from(body), isWhole: true }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    length += chunk.length
    if (length > limit) break
  }
  return { bytes: Buffer.concat(chunks), isWhole: length <= limit }
}
