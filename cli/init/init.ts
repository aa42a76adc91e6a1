import { confirm } from '@inquirer/prompts'
import { exitCodes } from '../exit-codes.ts'
import { asked, completed, wrongAnswers } from './asked.ts'
import { connectorsFile, type WrittenConnector } from './connectors-file.ts'
import { type Converted, converted } from './converted.ts'
import { declared } from './declared.ts'
import { faultsOf } from './faults.ts'
import { type Answers, type Flag, flagsWithFrom } from './flags.ts'
import { connectorName, serviceName } from './questions.ts'
import { bold, conversionText, plain, variablesText } from './report.ts'
import { CONNECTORS_FILE, SERVICE_LINES } from './service-files.ts'
import { hasConnectors, type Written, writeService } from './write.ts'

const DEFAULT_REGION = 'eu-central-1'

/**
 * Writes a service with connectors: those of a file of another system, or one that the answers declare.
 *
 * @param folder the service’s folder
 * @param given what the command line gives
 * @returns the exit code: 2 if something of the file needs a person
 * @throws an error if nothing was written
 */
export async function init(folder: string, given: Answers): Promise<number> {
  const isAsking = given.yes === undefined && process.stdin.isTTY === true && process.stdout.isTTY === true
  await checkReplacing(folder, given, isAsking)
  const service = serviceName(given, folder)
  const place = { folder, service, force: given.force === true }
  if (typeof given.from === 'string') return fromFile(given.from, given, place)
  const answers = isAsking ? await asked(given) : completed(given)
  return fromAnswers(answers, place)
}

interface Place {
  folder: string
  /** The service’s name. */
  service: string
  force: boolean
}

async function fromAnswers(answers: Answers, place: Place): Promise<number> {
  const name = connectorName(answers)
  const connectors = { [name]: declared(answers) }
  const wrong = wrongAnswers(answers)
  const faults = wrong.length > 0 ? wrong : faultsOf(connectors, place.service).map(fault => `  ${fault}`)
  if (faults.length > 0) throw new Error(`Nothing was written. Please correct:\n${faults.join('\n')}`)
  const declarations = [{ name, declaration: connectors[name] ?? {}, comments: {} }]
  const written = await write(declarations, answers, place)
  print(`${writtenText(written, place)}\n\n${nextText(written, place)}\n`)
  return exitCodes.done
}

async function fromFile(file: string, given: Answers, place: Place): Promise<number> {
  const unused = (Object.keys(given) as Flag[]).filter(flag => !flagsWithFrom.includes(flag))
  if (unused.length > 0)
    throw new Error(`With --from the file says it, so leave out ${unused.map(flag => `--${flag}`).join(', ')}.`)
  const found = await converted(file, given)
  const { conversions, remarks } = found
  const declarations = Object.fromEntries(conversions.map(({ name, declaration }) => [name, declaration]))
  const faults = faultsOf(declarations, place.service)
  const written = await write(
    conversions.map(conversion => writtenConnector(conversion, faults)),
    given,
    place,
  )
  const variables = Object.assign({}, ...conversions.map(({ variables }) => variables))
  const switching = [...new Set(conversions.flatMap(({ switching }) => switching))]
  const parts = [
    ...conversions.map(conversionText),
    ...listText('The file', remarks),
    ...listText('The declaration needs you, too', faults),
    writtenText(written, place),
    ...(Object.keys(variables).length > 0 ? [variablesText(variables)] : []),
    ...listText('When one replaces the other', switching.map(plain)),
    nextText(written, place),
  ]
  print(`${parts.join('\n\n')}\n`)
  return needsPerson(found, faults) ? exitCodes.unfinished : exitCodes.done
}

function needsPerson({ conversions }: Converted, faults: string[]): boolean {
  const lines = conversions.flatMap(({ lines }) => lines)
  const variables = conversions.flatMap(({ variables }) => Object.keys(variables))
  return (
    faults.length > 0 || variables.length > 0 || lines.some(({ group }) => group === 'person' || group === 'unknown')
  )
}

/** What a person has to look at is said before the key that it is about, else before the connector. */
function writtenConnector(
  { name, declaration, lines }: Converted['conversions'][number],
  faults: string[],
): WrittenConnector {
  const comments: Record<string, string[]> = {}
  const add = (path: string, text: string) => {
    comments[path] = [...(comments[path] ?? []), `LOOK ${text}`]
  }
  for (const { group, setting, said, about } of lines) {
    if (group === 'person') add(about ?? '', `${setting}: ${plain(said ?? '')}`)
  }
  for (const fault of faults.filter(fault => fault.startsWith(`${name}.`))) {
    const [path = '', ...text] = fault.slice(name.length + 1).split(': ')
    add(path, text.join(': '))
  }
  return { name, declaration, comments }
}

function write(
  connectors: WrittenConnector[],
  answers: Answers,
  { folder, service: name, force }: Place,
): Promise<Written> {
  return writeService({ folder, name, force, region: regionOf(answers), connectors: connectorsFile(connectors) })
}

/** Connectors that are there are replaced only if that was asked for. */
async function checkReplacing(folder: string, { force }: Answers, isAsking: boolean): Promise<void> {
  if (force || !hasConnectors(folder)) return
  const isAllowed = isAsking && (await confirm({ message: `${CONNECTORS_FILE} is there. Replace it?`, default: false }))
  if (!isAllowed)
    throw new Error(`${CONNECTORS_FILE} is there, so nothing was written. --force replaces it, or name another folder.`)
}

/** Lambda reads an MSK cluster of its own region only, so the cluster’s region goes before that of this machine. */
function regionOf({ region, msk }: Answers): string {
  const [, ofCluster] = /^arn:[^:]+:kafka:([a-z0-9-]+):/.exec(String(msk)) ?? []
  return typeof region === 'string' ? region : (ofCluster ?? process.env.AWS_REGION ?? DEFAULT_REGION)
}

function writtenText({ files, keptService }: Written, { folder }: Place): string {
  const lines = files.map(([file, what]) => `  ${file.padEnd(16)} ${what}`)
  const kept = keptService
    ? ['', 'The service needs these lines:', ...SERVICE_LINES.split('\n').map(line => `  ${line}`)]
    : []
  return [bold(folder === '.' ? 'Written' : `Written to ${folder}`), ...lines, ...kept].join('\n')
}

function nextText({ install }: Written, { folder }: Place): string {
  const steps = [
    ...(folder === '.' ? [] : [[`cd ${folder}`, '']]),
    [install, ''],
    ['npx kafka-functions start', 'on this machine, with a Kafka and a store of its own'],
    ['npx serverless package', 'what would be deployed, without credentials'],
    ['npx serverless deploy', 'functions, mappings, least permissions, alarms, a dashboard'],
    ['npx serverless connectors check', 'what the connector needs, tried out'],
  ]
  return [
    bold('Next'),
    ...steps.map(([command = '', does]) => `  ${does ? `${command.padEnd(34)}# ${does}` : command}`),
  ].join('\n')
}

function listText(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [[bold(title), ...lines.map(line => `  ${line}`)].join('\n')]
}

function print(text: string): void {
  process.stdout.write(text)
}
