import { buildBundles, bundleEntry } from '../../../lib/bundling.ts'

const built = new Map<string, Promise<string>>()

/**
 * The bundle of a function, as it is deployed: an instance that starts from the sources takes four times as long.
 *
 * @param name its file in `functions/`
 */
export function bundleOf(name: string): Promise<string> {
  const known = built.get(name)
  if (known) return known
  const file = buildBundles([name]).then(() => bundleEntry(name))
  built.set(name, file)
  return file
}
