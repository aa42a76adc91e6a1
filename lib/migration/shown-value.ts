import type { Setting } from './setting.ts'

/** Names of settings whose values are secrets, whatever system they belong to. */
const SECRET_NAME =
  /password|passphrase|secret|token|credential|jaas|user\.?info|access[._-]?key|private[._-]?key|keystore\.(key|certificate)|customer\.key|api[._-]?key/i

/** The longest value that is shown whole, in characters. */
const MAX_SHOWN = 80

/**
 * A value as people may see it: a secret never, one of an unknown setting neither, and a URL without user and password.
 *
 * @param name the setting's name in the file
 * @param setting the entry of the table; absent for an unknown setting
 * @param isOwn whether the entry is of this name alone, and not of all that begin like it
 */
export function shownValue(name: string, value: string, setting: Setting | undefined, isOwn: boolean): string {
  if (value === '') return ''
  if (!setting || setting.secret || (!isOwn && SECRET_NAME.test(name))) return '(not shown)'
  const bare = value.replaceAll(/\/\/[^/@\s]*@/g, '//…@').replaceAll(/[\r\n\t]+/g, ' ')
  if (/password\s*=|secret\s*=/i.test(bare)) return '(not shown)'
  return bare.length > MAX_SHOWN ? `${bare.slice(0, MAX_SHOWN)}…` : bare
}
