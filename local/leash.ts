/**
 * Runs a command that can't outlive whoever started it: `node local/leash.ts [--remove <folder>] <command> [argument...]`.
 *
 * Our standard input is a pipe that the starter holds. The system closes it however the starter ends, SIGKILL and
 * crashes included, so its end is the one sign that never fails to come. Then the command is killed, and the folder
 * removed, because nobody else is left to do it. On SIGTERM, SIGINT and SIGHUP only the command is ended.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

/** How long a command may take to end by itself. */
const patienceMs = 5000

const args = process.argv.slice(2)
const folder = args[0] === '--remove' ? args.splice(0, 2)[1] : undefined
const [command = '', ...rest] = args
let child: ChildProcess
let orphaned = false

function end(): void {
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), patienceMs).unref()
}

// Before there is a command: a signal that found us without these would end us and leave the command behind.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)

process.stdin.resume().on('end', () => {
  orphaned = true
  end()
})

child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit'] })

child.on('error', error => {
  console.error(error.message)
  process.exit(127)
})

child.on('exit', code => {
  if (orphaned && folder) rmSync(folder, { recursive: true, force: true })
  process.exit(code ?? 1)
})
