import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commandNames } from '../../../cli/commands.ts'
import { completionScript, type Shell } from '../../../cli/completion-script.ts'
import { completions } from '../../../cli/completion-words.ts'
import { createProgram } from '../../../cli/main.ts'
import { commandNames as connectorCommands, optionsOf } from '../../../lib/connectors/commands/definition.ts'

const service = `service: shop
connectors:
  # What goes to the lake.
  orders-to-lake:
    type: dump
    source:
      topics: [orders]
  "quoted":
    type: dump
  shop_2:
    type: replicate
custom:
  other: 1
`

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kafka-functions-completion-'))
  writeFileSync(join(folder, 'serverless.yml'), service)
  writeFileSync(join(folder, 'others.yml'), 'more:\n  type: dump\n  batch:\n    size: 1\n')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0

/** How a shell is asked for what may stand in place of the last word. */
const ask: Record<Shell, (file: string, words: string[]) => string[]> = {
  bash: (file, words) => [
    '-c',
    `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kafka_functions; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ...[file, ...words],
  ],
  // Completion itself needs a terminal, so what it offers is caught.
  zsh: (file, words) => [
    '-fc',
    `compdef() { :; }; _default() { :; }; compadd() { print -rl -- $reply; }; _describe() { print -rl -- \${reply%%:*}; }
    source "$0"; words=("$@"); CURRENT=$#; _kafka_functions`,
    ...[file, ...words],
  ],
  fish: (file, words) => [
    '--no-config',
    '-c',
    `source ${file}; complete -C '${words.join(' ')}' | string split -f1 \\t`,
  ],
}

async function completed(shell: Shell, line: string, environment: Record<string, string> = {}): Promise<string[]> {
  const file = join(folder, `completion.${shell}`)
  writeFileSync(file, completionScript(shell, completions(await createProgram())))
  const words = line.split(' ')
  const env = { PATH: process.env.PATH, HOME: folder, ...environment }
  const printed = execFileSync(shell, ask[shell](file, words), { cwd: folder, env, encoding: 'utf8' })
  const last = words.at(-1) ?? ''
  return printed.split('\n').filter(word => word !== '' && word.startsWith(last))
}

describe.each(['bash', 'zsh', 'fish'] as const)('%s', shell => {
  const whereItIs = has(shell) ? test : test.skip

  whereItIs('completes the program, its options, and the commands of connectors', async () => {
    expect(await completed(shell, 'kafka-functions ')).toEqual(expect.arrayContaining([...commandNames]))
    expect(await completed(shell, 'kafka-functions restore --fr')).toEqual(['--from'])
    expect(await completed(shell, 'serverless connectors ')).toEqual(expect.arrayContaining([...connectorCommands]))
    const options = Object.keys(optionsOf('logs')).map(name => `--${name}`)
    expect(await completed(shell, 'sls connectors logs --name shop_2 --')).toEqual(expect.arrayContaining(options))
  })

  whereItIs('completes the names of the connectors that the folder declares', async () => {
    expect((await completed(shell, 'serverless connectors logs --name ')).toSorted()).toEqual([
      'orders-to-lake',
      'shop_2',
    ])
    const own = await completed(shell, 'serverless connectors logs --name m', { CONNECTORS: 'others.yml' })
    expect(own).toEqual(['more'])
  })
})

test('with npx in front, bash completes these programs and leaves others alone', async () => {
  expect(await completed('bash', 'npx serverless connectors red')).toEqual(['redrive'])
  expect(await completed('bash', 'npx jest ')).toEqual([])
})
