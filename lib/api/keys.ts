import { objectsSection } from '../config/objects.ts'
import { readSections } from '../config/section.ts'
import { createObjectKeys, type ObjectKeys } from '../objects/key.ts'
import { environmentWith } from './environment.ts'
import type { ObjectKeyVariables } from './variables/index.ts'

/**
 * Object keys as the variables describe them, which docs/objects.md explains: how records are divided into objects, and what their
 * keys are. A key depends on its records alone, so that a repeated batch overwrites its own objects and nothing else.
 *
 * @param variables settings that differ from the environment's
 * @throws CodedError `CONFIG_INVALID` with every variable that is wrong
 *
 * @example
 * ```ts
 * const keys = createKeys({ OBJECT_PREFIX: 'orders', OBJECT_PARTITIONER: 'daily' })
 * for (const { range, path, records } of keys.divide(batch)) {
 *   const key = keys.render({ ...range, path, extension: 'json.gz' })
 * }
 * keys.parse('orders/payments/2026/03/01/payments+0+0000000100-0000000199.json.gz')?.firstOffset // 100
 * ```
 *
 * @public
 */
export function createKeys(variables: ObjectKeyVariables = {}): ObjectKeys {
  const { keys } = readSections({ keys: objectsSection }, environmentWith(variables))
  return createObjectKeys(keys)
}
