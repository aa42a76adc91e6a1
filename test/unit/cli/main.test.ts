import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { commandNames, commands } from '../../../cli/commands.ts'
import { createProgram } from '../../../cli/main.ts'

const program = join(import.meta.dirname, '../../../cli/kafka-functions.ts')

/** What a run of the program did, as a person sees it. */
function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [program, ...words]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

test('help lists every command with what it does', async () => {
  const help = (await createProgram()).helpInformation()
  for (const name of commandNames)
    expect(help.replace(/\s+/g, ' ')).toMatch(new RegExp(` ${name} .*${commands[name].summary}`))
})

test.each(commandNames)('%s has an example that its own arguments and options allow', async name => {
  const { examples } = (await commands[name].load()).command
  expect(examples.length).toBeGreaterThan(0)
  for (const [args] of examples) {
    const loaded = await createProgram([name])
    const command = loaded.commands.find(command => command.name() === name)
    const called = Promise.withResolvers<void>()
    command?.action(() => called.resolve())
    // What the shell redirects is not for the program.
    const [own = ''] = args.split(/ >+ /)
    await loaded.parseAsync([name, ...own.split(' ').filter(Boolean)], { from: 'user' })
    await called.promise
  }
})

test.each([
  [
    'an option that does not exist',
    ['produce', '--hlp'],
    /unknown option '--hlp'\n\(Did you mean --help\?\)\nAll options: /,
  ],
  ['a command that does not exist', ['prodce'], /unknown command 'prodce'\n\(Did you mean produce\?\)\n$/],
  ['a count that is no number', ['produce', 'many'], /Expected a whole number from 1\.\nAll options: /],
])('%s is wrong usage, said in one message', async (_, words, message) => {
  const { code, stdout, stderr } = await run(...words)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
})

test('an error is one message without a stack trace', async () => {
  expect(await run('invoke', 'dump', 'none.json')).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^✗ [^\n]*no such file[^\n]*\n$/),
  })
})

test('the version is the package’s, help tells how to call a command here', async () => {
  expect(await run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  const { code, stdout } = await run('produce', '--help')
  expect(code).toBe(0)
  expect(stdout).toContain('npm run produce -- 100 orders')
})
