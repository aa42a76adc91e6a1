import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { root } from './framework.ts'

const UNRELEASED = '\n## Unreleased\n'

/**
 * The changelog after `changeset version` has put the new version above it: what stood under "Unreleased" belongs to that version.
 */
export function releasedChangelog(text: string): string {
  return text.replace(UNRELEASED, '')
}

/** Part of `npm run version`. */
if (import.meta.main) {
  await runCommand(async () => {
    const file = join(root, 'CHANGELOG.md')
    await writeFile(file, releasedChangelog(await readFile(file, 'utf8')))
  })
}
