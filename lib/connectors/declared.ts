import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DECLARATION_NAME } from './declaration/declaration.ts'
import { fail, type Serverless } from './framework.ts'

/** Connectors as a service declares them. */
export interface Declared {
  /** Where: `connectors` or `custom.connectors`. */
  place: string
  value: unknown
}

const CUSTOM = `custom.${DECLARATION_NAME}`

/** `connectors: ${file(<name>)…}`, and an environment variable in the name, as the framework writes them. */
const FROM_FILE = new RegExp(`^ *${DECLARATION_NAME}: *\\$\\{file\\((\\$\\{[^}]*\\}|[^)]*)\\)`, 'm')
const VARIABLE = /\$\{env:(\w+)(?:, *'([^']*)')?\}/

/** Tells the framework about both places, so that it doesn't take them for mistakes. */
export function defineDeclaration({ configSchemaHandler }: Serverless): void {
  configSchemaHandler.defineTopLevelProperty(DECLARATION_NAME, {})
  configSchemaHandler.defineCustomProperties({ properties: { [DECLARATION_NAME]: {} } })
}

/**
 * The connectors of a service, undefined if it declares none.
 *
 * @param isNeeded whether what is asked for needs connectors: otherwise a file that isn't there declares none
 * @throws if it declares them in both places, or names a file that isn't there
 */
export function findDeclared(serverless: Serverless, isNeeded: boolean): Declared | undefined {
  const { service, configurationInput = {} } = serverless
  const found = [
    { place: DECLARATION_NAME, value: configurationInput[DECLARATION_NAME] },
    { place: CUSTOM, value: service.custom?.[DECLARATION_NAME] },
  ].filter(({ value }) => value !== undefined)
  const [declared, second] = found
  if (second)
    fail(serverless, `Connectors are declared twice: under ${DECLARATION_NAME} and under ${CUSTOM}. Keep one.`)
  if (declared?.value !== null) return declared
  return isNeeded ? fail(serverless, nothingDeclared(declared.place, serverless)) : undefined
}

/** The framework takes a file that does not exist for nothing, and does not say which one that was. */
function nothingDeclared(place: string, { serviceDir = '', configurationFilename = '' }: Serverless): string {
  const file = join(serviceDir, configurationFilename)
  const text = existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : ''
  const [, named] = FROM_FILE.exec(text) ?? []
  const name = named?.replace(VARIABLE, (_, variable, otherwise = '') => process.env[variable] ?? otherwise)
  return `${place} is empty: the file ${name ?? 'that it names'} does not exist or has no content.`
}
