/**
 * The oldest Node.js that runs this project: the first whose own agents take a proxy with user and password. It is `engines` in
 * package.json as well.
 */
export const OLDEST_NODE = '24.5'

/**
 * Ends the process with one line if this Node.js is too old. What people run calls it before it loads anything else, because an old
 * Node.js would refuse the syntax or the imports of the rest with an error that does not tell the reason.
 *
 * @param name what asks for it, as people know it
 */
export function requireNode(name: string): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number)
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  process.stderr.write(`${name} needs Node.js ${OLDEST_NODE} or later; this is ${process.version}.\n`)
  process.exit(1)
}
