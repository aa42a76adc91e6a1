import type { RestoreRequest } from '../../restore/request.ts'

/** Options that a continuation must not repeat: what was purged is being restored, and would be lost again. */
const ONCE = ['purge', 'yes']

/** Words that a shell takes as they are. */
const PLAIN = /^[A-Za-z0-9@%_+=:,./-]+$/

/**
 * The command that continues a restore where it has ended: the same one, without what is done already, and with times that were
 * counted from its beginning as they were.
 *
 * @param command what stands before the options
 * @param given the options, as they were parsed
 */
export function continuation(
  command: string,
  given: Record<string, unknown>,
  { selection, groups }: RestoreRequest,
): string {
  const times: Record<string, number | undefined> = {
    since: selection.from,
    until: selection.until,
    groups: groups.time,
  }
  const words = Object.entries(given).flatMap(([name, value]) => {
    if (ONCE.includes(name) || value === undefined || value === false) return []
    if (value === true) return [`--${name}`]
    const texts = Array.isArray(value) ? value : [value]
    return texts.flatMap(text => [
      `--${name}`,
      times[name] === undefined ? String(text) : new Date(times[name]).toISOString(),
    ])
  })
  return [command, ...words.map(quoted)].join(' ')
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
