/**
 * Runs a command that can't outlive the process that started it: `node local/leash.ts [--remove <folder>] <command> [argument...]`.
 *
 * Standard input is a pipe held by the starter. The operating system closes it however the starter ends, including SIGKILL
 * and crashes, so its end is a reliable sign. Then this process ends the command and removes the folder, because nobody else
 * is left to do it. On SIGTERM, SIGINT and SIGHUP it only ends the command; on SIGTSTP it suspends the command until SIGCONT.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

/** How long a command may take to end after SIGTERM. */
const patienceMs = 5000

const args = process.argv.slice(2)
const folder = args[0] === '--remove' ? args.splice(0, 2)[1] : undefined
const [command = '', ...rest] = args
let child: ChildProcess
let isOrphaned = false

function end(): void {
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), patienceMs).unref()
}

// Before the command starts: without these handlers a signal would end this process and leave the command running.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)
// Suspends the command, and lets it continue. This process still watches its starter meanwhile.
process.on('SIGTSTP', () => child.kill('SIGSTOP'))
process.on('SIGCONT', () => child.kill('SIGCONT'))

process.stdin.resume().on('end', () => {
  isOrphaned = true
  end()
})

child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit'] })

child.on('error', error => {
  console.error(error.message)
  process.exit(127)
})

child.on('exit', code => {
  if (isOrphaned && folder) rmSync(folder, { recursive: true, force: true })
  process.exit(code ?? 1)
})
