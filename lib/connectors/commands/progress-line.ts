import type { CommitStore } from '../../commits/commit-store.ts'
import type { ObjectWriter } from '../../s3/store.ts'

/** Milliseconds between two states of the line. */
const PAUSE_MS = 200

/** A line on a terminal that is overwritten as work goes on; nothing where standard error is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  #shown = 0

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream
  }

  show(text: string) {
    const now = Date.now()
    if (!this.#stream.isTTY || now - this.#shown < PAUSE_MS) return
    this.#shown = now
    this.#stream.write(`\r\x1b[K${text.slice(0, this.#stream.columns - 1)}`)
  }

  /** Before something else is printed. */
  clear() {
    if (this.#shown > 0) this.#stream.write('\r\x1b[K')
    this.#shown = 0
  }
}

/** Bytes that went through a store. */
export interface Traffic {
  read: number
  written: number
}

/** The same store, which tells of bytes as they come and go. */
export function countedStore(store: CommitStore, onTraffic: (traffic: Readonly<Traffic>) => void): CommitStore {
  const traffic: Traffic = { read: 0, written: 0 }
  const count = (kind: keyof Traffic, bytes: Buffer) => {
    traffic[kind] += bytes.length
    onTraffic(traffic)
    return bytes
  }
  const read = (bytes: Buffer) => count('read', bytes)
  return {
    ...store,
    get: async key => read(await store.get(key)),
    slice: async (...range) => read(await store.slice(...range)),
    async *stream(key) {
      for await (const bytes of store.stream(key)) yield read(bytes)
    },
    create(object) {
      count('written', object.body)
      return store.create(object)
    },
    put(object) {
      count('written', object.body)
      return store.put(object)
    },
    open(object): ObjectWriter {
      const writer = store.open(object)
      return {
        async write(bytes) {
          count('written', bytes)
          await writer.write(bytes)
        },
        close: () => writer.close(),
        abort: () => writer.abort(),
      }
    },
  }
}
