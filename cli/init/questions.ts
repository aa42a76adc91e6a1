import { basename, resolve } from 'node:path'
import type { ConnectorType } from '../../lib/config/connector-type.ts'
import { refusal } from '../../lib/migration/declared-key.ts'
import { list, logins, secretLogins } from './declared.ts'
import type { Answers, Flag } from './flags.ts'

/** Something that `init` has to know. */
export interface Question {
  flag: Flag
  message: string
  /** Whether it is asked, after what was answered before. */
  when(answers: Answers): boolean
  /** The answers there are; absent: a text. */
  choices?(answers: Answers): { value: string; name: string }[]
  /** What is taken where nothing is answered; absent: an answer is needed. */
  initial?(answers: Answers): string
  /** The key that has to take the answer. */
  key?: string
  isList?: boolean
}

/** The value of the login's question is known only with the cluster. */
const isMsk = (answers: Answers) => answers.msk !== undefined
const isDump = ({ type }: Answers) => type === 'dump'
const isReplicate = ({ type }: Answers) => type === 'replicate'
const needsSecret = (login: Answers[Flag]) => secretLogins.some(name => name === login)

const loginNames: Record<(typeof logins)[number], string> = {
  iam: 'as the function’s role (IAM)',
  scram512: 'user and password, SCRAM-SHA-512',
  scram256: 'user and password, SCRAM-SHA-256',
  plain: 'user and password, PLAIN',
  mtls: 'a client certificate (mutual TLS)',
  none: 'none',
}

/** The logins of MSK, or of other brokers. */
function loginChoices(msk: boolean) {
  const possible = msk ? (['iam', 'scram512', 'mtls', 'none'] as const) : logins.filter(name => name !== 'iam')
  return possible.map(value => ({ value, name: loginNames[value] }))
}

/** The questions in their order. */
export const questions: Question[] = [
  {
    flag: 'type',
    message: 'What should the connector do?',
    when: () => true,
    choices: () => [
      { value: 'dump', name: 'dump topics to object storage' },
      { value: 'replicate', name: 'replicate topics to another cluster' },
    ],
  },
  {
    flag: 'msk',
    message: 'ARN of the MSK cluster that is read (nothing if it is another cluster)',
    when: ({ brokers }) => brokers === undefined,
    initial: () => '',
    key: 'source.msk',
  },
  {
    flag: 'brokers',
    message: 'Its brokers, as host:port, separated by commas',
    when: answers => !answers.msk || isReplicate(answers),
    key: 'source.bootstrapServers',
    isList: true,
  },
  {
    flag: 'login',
    message: 'How does one log in there?',
    when: () => true,
    choices: answers => loginChoices(isMsk(answers)),
    initial: answers => (isMsk(answers) ? 'iam' : 'scram512'),
  },
  {
    flag: 'login-secret',
    message: 'ARN of the secret with that login, in Secrets Manager',
    when: ({ login }) => needsSecret(login),
    key: 'source.auth.scram512',
  },
  {
    flag: 'subnets',
    message: 'Without a login, Lambda reads from within a VPC. Subnets that reach the brokers',
    when: answers => answers.login === 'none' && !isMsk(answers),
    isList: true,
  },
  {
    flag: 'security-groups',
    message: 'Security groups that the brokers admit',
    when: answers => answers.login === 'none' && !isMsk(answers),
    isList: true,
  },
  {
    flag: 'topics',
    message: 'Topics, separated by commas',
    when: ({ pattern }) => pattern === undefined,
    key: 'source.topics',
    isList: true,
  },
  { flag: 'bucket', message: 'Bucket', when: isDump, key: 'to.bucket' },
  {
    flag: 'create-bucket',
    message: 'Should the deployment make this bucket?',
    when: answers => isDump(answers) && answers.endpoint === undefined,
    choices: () => [
      { value: 'no', name: 'no, it is there' },
      { value: 'yes', name: 'yes; it is kept when the service is removed' },
    ],
    initial: () => 'no',
  },
  {
    flag: 'format',
    message: 'Format of the objects',
    when: isDump,
    choices: () => [
      { value: 'json', name: 'json: an array of records' },
      { value: 'jsonl', name: 'jsonl: a line for each record' },
      { value: 'parquet', name: 'parquet' },
      { value: 'avro', name: 'avro' },
      { value: 'raw', name: 'raw: the values alone' },
    ],
    initial: () => 'json',
  },
  {
    flag: 'rotate',
    message: 'How large should objects be?',
    when: isDump,
    choices: () => [
      { value: '', name: 'a batch each, after a minute at most' },
      { value: '128', name: '128 MB, closed each hour at the latest' },
    ],
    initial: () => '',
  },
  { flag: 'alias', message: 'A short name of the cluster that is read', when: isReplicate, key: 'source.alias' },
  {
    flag: 'target-brokers',
    message: 'Brokers of the cluster that is written, as host:port',
    when: isReplicate,
    key: 'to.bootstrapServers',
    isList: true,
  },
  { flag: 'target-alias', message: 'A short name of that cluster', when: isReplicate, key: 'to.alias' },
  {
    flag: 'target-login',
    message: 'How does one log in there?',
    when: isReplicate,
    choices: answers => loginChoices(answers['target-msk'] !== undefined),
    initial: answers => (answers['target-msk'] === undefined ? 'scram512' : 'iam'),
  },
  {
    flag: 'target-login-secret',
    message: 'ARN of the secret with that login',
    when: answers => isReplicate(answers) && needsSecret(answers['target-login']),
    key: 'to.auth.scram512',
  },
]

/** What is wrong with an answer; undefined if nothing is. */
export function wrongAnswer(
  { flag, key, isList, choices, initial }: Question,
  text: string,
  answers: Answers,
): string | undefined {
  if (text === '') return initial ? undefined : 'an answer is needed'
  const names = choices?.(answers).map(({ value }) => value)
  // Sizes other than the two that are offered are fine.
  if (names && flag !== 'rotate' && !names.includes(text)) return `expected one of ${names.join(', ')}`
  if (!key) return undefined
  return refusal(answers.type as ConnectorType, key, isList ? list(text) : text)?.replaceAll('`', '')
}

/** A name for a connector: what it reads, and where it goes. */
export function connectorName({ name, type, topics, bucket, 'target-alias': target }: Answers): string {
  if (typeof name === 'string') return name
  const [first = 'topics', ...others] = list(topics) ?? []
  const what = others.length > 0 ? `${first}-and-more` : first
  const where = type === 'dump' ? bucket : target
  return `${what}-to-${where ?? 'there'}`
    .replaceAll(/[^A-Za-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 64)
}

/** A service’s name from its folder’s. Source: osls, `service` in serverless.yml: letters, digits and hyphens. */
export function serviceName({ service }: Answers, folder: string): string {
  if (typeof service === 'string') return service
  const name = basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-\d]+|-+$/g, '')
  return name.slice(0, 20) || 'kafka'
}
