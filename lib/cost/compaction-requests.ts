/** What is compacted. */
export interface Load {
  partitions: number
  /** Batches of each partition in an hour. */
  batches: number
  /** How often objects of a unit are closed in an hour. */
  closings: number
  /** Topic-partitions, or with `across: topic` topics. */
  units: number
}

/** Requests of a kind. */
export interface Requests {
  put: number
  list: number
  get: number
  delete: number
}

/** Keys of a page of a listing, and of a request that deletes. */
const PAGE = 1_000

/**
 * Requests of `compact` for one closing of a unit whose log has an entry already: it looks at the log and at what is staged,
 * asks whether the object's key is taken, writes plan, object and `done`, deletes the batches, and looks again whether more is due.
 *
 * @param isAcross keys of objects of all partitions have the entry's number, so that none can be taken
 */
export function closingRequests(batches: number, isAcross = false): Requests {
  const pages = Math.ceil(batches / PAGE)
  const looks = { list: 1 + pages, get: 2 }
  return { put: 3, list: looks.list + 2, get: 2 * looks.get + (isAcross ? 0 : 1) + batches, delete: pages }
}

/** Requests in an hour: of `dump`, which stages each batch, and of `compact`, which looks each minute. */
export function hourlyRequests({ partitions, batches, closings, units }: Load): { dump: Requests; compact: Requests } {
  const each = closingRequests((partitions * batches) / units / closings, units < partitions)
  const all = units * closings
  // On average, half of what is staged between two closings.
  const pages = Math.max(1, Math.ceil((partitions * batches) / closings / 2 / PAGE))
  return {
    dump: { put: partitions * batches, list: 0, get: 0, delete: 0 },
    compact: {
      put: all * each.put,
      list: 60 * pages + all * each.list,
      get: all * each.get,
      delete: all * each.delete,
    },
  }
}
