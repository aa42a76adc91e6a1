import type { JsonNumber } from './json-number.ts'

/** What is at the end of a path in an event. */
export type Leaf = string | JsonNumber | boolean | null

/** Whether a leaf is as a pattern wants it. */
export type Test = (leaf: Leaf) => boolean

/** A test that only strings pass. */
export function ofString(test: (text: string) => boolean): Test {
  return leaf => typeof leaf === 'string' && test(leaf)
}
