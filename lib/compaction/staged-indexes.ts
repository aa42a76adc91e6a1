import type { CommitStore } from '../commits/commit-store.ts'
import { type NamedObject, readStagedIndex } from '../staging/staged-index.ts'
import type { StagedIndex } from '../staging/staged-object.ts'

/**
 * Frames, and runs of their offsets, of which the indexes are kept: some 300 and 200 bytes each. A frame may have as many runs
 * as records.
 */
const MAX_KEPT = 100_000

/** The indexes of staged objects, each read once if there is room for it: what a key names never changes. */
export class StagedIndexes {
  readonly #store: Pick<CommitStore, 'slice'>
  readonly #known = new Map<string, StagedIndex>()
  #kept = 0

  constructor(store: Pick<CommitStore, 'slice'>) {
    this.#store = store
  }

  known(key: string): StagedIndex | undefined {
    return this.#known.get(key)
  }

  /** @throws CodedError `STAGED_OBJECT_DAMAGED`, `COMMIT_LOG_NEWER`, `STORE_OBJECT_MISSING` */
  async read(object: NamedObject): Promise<StagedIndex> {
    const { key } = object
    const known = this.#known.get(key)
    return known ?? this.keep(key, await readStagedIndex(object, (start, end) => this.#store.slice(key, start, end)))
  }

  /** Keeps an index that was read together with its frames. */
  keep(key: string, index: StagedIndex): StagedIndex {
    const size = index.frames.reduce((sum, { offsets }) => sum + 1 + offsets.length, 0)
    if (this.#known.has(key) || size > MAX_KEPT) return index
    if (this.#kept + size > MAX_KEPT) {
      this.#known.clear()
      this.#kept = 0
    }
    this.#known.set(key, index)
    this.#kept += size
    return index
  }
}
