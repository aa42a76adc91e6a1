import type { CommitStore } from '../commits/commit-store.ts'
import { type NamedObject, readStagedIndex } from '../staging/staged-index.ts'
import type { StagedIndex } from '../staging/staged-object.ts'

/** Frames of which an instance keeps the indexes: some 300 bytes each. */
const MAX_FRAMES = 100_000

/** The indexes of staged objects, each read once in the life of an instance: what a key names never changes. */
export class StagedIndexes {
  readonly #store: Pick<CommitStore, 'slice'>
  readonly #known = new Map<string, StagedIndex>()
  #frames = 0

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
    if (this.#frames > MAX_FRAMES) {
      this.#known.clear()
      this.#frames = 0
    }
    this.#known.set(key, index)
    this.#frames += index.frames.length
    return index
  }
}
