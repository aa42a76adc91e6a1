import { isObject } from './json-number.ts'
import type { Leaf } from './test.ts'

/** In which element of each array a leaf is, for the arrays whose elements have fields. */
export type Places = ReadonlyMap<number, number>

/** A leaf, and where it is. */
export interface PlacedLeaf {
  leaf: Leaf
  places: Places
}

/** The leaves of an event by their paths. Arrays don't count as levels of a path. */
export class EventFields {
  readonly #leaves = new Map<string, PlacedLeaf[]>()
  #arrays = 0

  /** @param event as `parseWithNumbers` reads it */
  constructor(event: unknown) {
    this.#add(event, [], new Map())
  }

  at(path: readonly string[]): PlacedLeaf[] {
    return this.#leaves.get(keyOf(path)) ?? []
  }

  #add(value: unknown, path: readonly string[], places: Places): void {
    if (Array.isArray(value)) {
      this.#arrays += 1
      const array = this.#arrays
      for (const [index, element] of value.entries()) {
        const hasFields = isObject(element) || Array.isArray(element)
        this.#add(element, path, hasFields ? new Map(places).set(array, index) : places)
      }
    } else if (isObject(value)) {
      for (const [name, field] of Object.entries(value)) this.#add(field, [...path, name], places)
    } else {
      const key = keyOf(path)
      const known = this.#leaves.get(key)
      if (known) known.push({ leaf: value as Leaf, places })
      else this.#leaves.set(key, [{ leaf: value as Leaf, places }])
    }
  }
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path)
}
