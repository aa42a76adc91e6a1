import { CodedError } from '../error.ts'
import type { CommitStore } from './commit-store.ts'

/**
 * A store that sends nothing once a worker's time is over, so that one that was asleep can't undo what others did meanwhile. A
 * request that is under way may still arrive; uploads can be aborted at any time.
 *
 * @param isOver asked before each request
 */
export function endingStore(store: CommitStore, isOver: () => boolean): CommitStore {
  const check = () => {
    if (isOver()) throw new CodedError('OUT_OF_TIME', 'The worker’s time is over. The next run continues.')
  }
  const within = async <T>(request: () => Promise<T>): Promise<T> => {
    check()
    return await request()
  }
  return {
    async *list(prefix, range) {
      check()
      for await (const object of store.list(prefix, range)) {
        yield object
        check()
      }
    },
    get: key => within(() => store.get(key)),
    slice: (key, start, end) => within(() => store.slice(key, start, end)),
    async *stream(key) {
      check()
      for await (const bytes of store.stream(key)) {
        yield bytes
        check()
      }
    },
    head: key => within(() => store.head(key)),
    create: object => within(() => store.create(object)),
    open(object) {
      const writer = store.open(object)
      return {
        write: bytes => within(() => writer.write(bytes)),
        close: () => within(() => writer.close()),
        abort: () => writer.abort(),
      }
    },
    put: object => within(() => store.put(object)),
    delete: keys => within(() => store.delete(keys)),
  }
}
