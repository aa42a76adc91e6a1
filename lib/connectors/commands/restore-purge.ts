import { createInterface } from 'node:readline/promises'

/**
 * Asks for the name of each topic that is to be deleted.
 *
 * @param yes whether nobody is to be asked
 * @param tell prints why nothing is deleted
 * @returns whether all of them may be deleted
 */
export async function confirmsPurge(
  topics: string[],
  yes: boolean | undefined,
  tell: (text: string) => void,
): Promise<boolean> {
  if (topics.length === 0 || yes) return true
  if (!process.stdin.isTTY) {
    tell(`--purge deletes ${topics.join(', ')} with all records. Where nobody can be asked, confirm it with --yes.`)
    return false
  }
  using terminal = createInterface({ input: process.stdin, output: process.stderr })
  for (const topic of topics) {
    const question = `This deletes the topic ${topic} of the target with all its records. Type its name to continue: `
    const answer = (await terminal.question(question)).trim()
    if (answer === topic) continue
    tell(`${answer === '' ? 'Nothing' : answer} is not ${topic}: nothing was deleted.`)
    return false
  }
  return true
}
