import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const prompt = join(import.meta.dirname, '../../../../lib/connectors/commands/restore-purge.ts')
const program = `import('${prompt}').then(async ({ confirmsPurge }) => { console.log('may delete: ' + (await confirmsPurge(['orders'], undefined, console.log))) })`

/** What a person sees on a terminal who types this. The program `script` makes the terminal. */
async function typed(answer: string): Promise<string> {
  const command = `"${process.execPath}" -e "${program}"`
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, NODE_NO_WARNINGS: '1' } })
  const shown = text(terminal.stdout)
  terminal.stdin.write(`${answer}\n`)
  await once(terminal, 'exit')
  return await shown
}

// That of BSD, on macOS, has other options.
const onLinux = process.platform === 'linux' ? test : test.skip

onLinux.each([
  ['orders', 'may delete: true'],
  ['order', 'order is not orders: nothing was deleted.'],
  ['', 'Nothing is not orders: nothing was deleted.'],
])('a person at a terminal who types “%s” to purge orders is told: %s', async (answer, told) => {
  const shown = await typed(answer)
  expect(shown).toContain('This deletes the topic orders of the target with all its records.')
  expect(shown).toContain(told)
})
