import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Conversion, convert, type Line, systemOf } from '../../lib/migration/convert.ts'
import { declaredPut } from '../../lib/migration/declaration.ts'
import { inOrder } from '../../lib/migration/declared-key.ts'
import type { FoundConnector } from '../../lib/migration/found-connector.ts'
import { readSettings } from '../../lib/migration/read-settings.ts'
import { systems } from '../../lib/migration/systems/index.ts'
import { clusterKeys } from './declared.ts'
import type { Answers } from './flags.ts'

export interface Converted {
  conversions: Conversion[]
  /** What is strange about the file, and connectors in it that are none of ours, in sentences. */
  remarks: string[]
}

/**
 * Reads the connectors of a file of another system.
 *
 * @param answers the cluster that is read, if it was given: it goes before what the file says
 * @throws an error if the file has none that can be read
 */
export async function converted(file: string, answers: Answers): Promise<Converted> {
  const { connectors, remarks } = readSettings(await read(file))
  const known = connectors.map(found => ({ found, system: systemOf(found) }))
  const names = new Set<string>()
  const conversions = known.flatMap(({ found, system }) => {
    if (!system) return []
    const name = uniqueName(found.name ?? basename(file).replace(/\.[^.]*$/, ''), names)
    return [withCluster(convert(found, system, name), answers)]
  })
  const others = known.filter(({ system }) => !system).map(({ found }) => otherText(found))
  if (conversions.length === 0) throw new Error(nothingText([...remarks, ...others]))
  return { conversions, remarks: [...remarks, ...others] }
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(code === 'ENOENT' ? `There is no file ${file}.` : `${file} can’t be read (${code}).`)
  }
}

function nothingText(remarks: string[]): string {
  const titles = Object.values(systems).map(({ title }) => title)
  return ['There is nothing in the file that can be taken over.', ...remarks, `Read are: ${titles.join('; ')}.`].join(
    '\n',
  )
}

function otherText({ name, settings }: FoundConnector): string {
  const type = settings.get('connector.class')?.value
  const what = type === undefined ? 'settings without a connector.class that is known' : type
  return `${name ?? 'A connector'} is left out: ${what}.`
}

/** A name for a connector from the one there, with letters, digits and hyphens. */
function uniqueName(name: string, taken: Set<string>): string {
  const base =
    name
      .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'connector'
  const unique = [base, ...Array.from({ length: 99 }, (_, index) => `${base}-${index + 2}`)].find(
    one => !taken.has(one),
  )
  taken.add(unique ?? base)
  return unique ?? base
}

/** Keys of the cluster that is read, which flags may name. */
const clusterPaths = ['msk', 'bootstrapServers', 'auth', 'vpc', 'securityProtocol']

/** The conversion with the cluster that flags name in the place of the file’s, or of its variables. */
function withCluster(conversion: Conversion, answers: Answers): Conversion {
  if (answers.msk === undefined && answers.brokers === undefined) return conversion
  const { source, ...declaration } = conversion.declaration
  const others = Object.entries(source as object).filter(([key]) => !clusterPaths.includes(key))
  const changed = { ...declaration, source: Object.fromEntries(others) }
  for (const [path, value] of clusterKeys(answers)) declaredPut(changed, path, value)
  const lines = conversion.lines.flatMap(line => withoutCluster(line))
  const text = JSON.stringify(changed)
  const variables = Object.entries(conversion.variables).filter(([name]) => text.includes(`{env:${name}}`))
  return {
    ...conversion,
    declaration: inOrder(conversion.system.type, changed),
    lines,
    variables: Object.fromEntries(variables),
  }
}

const isOfCluster = (path: string) =>
  clusterPaths.some(key => path === `source.${key}` || path.startsWith(`source.${key}.`))

/** What the file says about the cluster is not needed, and what it didn’t say neither. */
function withoutCluster(line: Line): Line[] {
  const keys = Object.keys(line.keys)
  const isOnlyCluster = keys.length > 0 && keys.every(isOfCluster)
  const isLogin = /(^|\.)(security\.protocol|sasl\.|ssl\.)/.test(line.setting) && !line.setting.includes('target.')
  if (!isOnlyCluster && !isLogin) return [line]
  return line.isGiven ? [{ ...line, group: 'unneeded', keys: {}, said: 'the command line names the cluster' }] : []
}
