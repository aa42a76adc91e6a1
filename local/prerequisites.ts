import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const minJava = 17

const howToGetJava =
  'Install one, for example with `apt install openjdk-17-jre-headless`, `brew install openjdk` or `sdk install java`; ' +
  'JAVA_HOME, when set, is used before PATH.'

const howToGetMaven =
  'Install it, for example with `apt install maven`, `brew install maven` or `sdk install maven`. ' +
  'It downloads the local servers on the first use only.'

export type Program = 'java' | 'maven'

/** The Java that JAVA_HOME names, else the one on PATH. */
export function javaCommand(env: NodeJS.ProcessEnv = process.env): string {
  return env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : 'java'
}

/**
 * Checks that programs are installed.
 *
 * @returns what Java says about its version
 * @throws one error that names every program that is missing or too old, and how to install it
 */
export async function checkPrerequisites(programs: Program[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const version = await outputOf(javaCommand(env), ['-version'], env)
  const checks = { java: () => javaProblem(version, env), maven: () => mavenProblem(env) }
  const problems = await Promise.all(programs.map(program => checks[program]()))
  const found = problems.filter(problem => problem !== undefined)
  if (found.length > 0) throw new Error(found.join('\n'))
  return version ?? ''
}

function javaProblem(version: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  // `1.8.0_392` is Java 8, `17.0.15` is Java 17, `26-ea` is Java 26.
  const major = /version "(?:1\.)?(\d+)/.exec(version ?? '')?.[1]
  if (!major)
    return `The local servers need Java ${minJava} or later, and no working \`java\` was found. ${howToGetJava}`
  if (Number(major) >= minJava) return undefined
  return `The local servers need Java ${minJava} or later, and \`${javaCommand(env)}\` is Java ${major}. ${howToGetJava}`
}

async function mavenProblem(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const version = await outputOf('mvn', ['--version'], env)
  return version === undefined
    ? `The local servers come from Maven, and no working \`mvn\` was found. ${howToGetMaven}`
    : undefined
}

/** The output of a program; undefined when it is missing or fails, as macOS's placeholder for Java does. */
async function outputOf(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { env })
    return stdout + stderr
  } catch {
    return undefined
  }
}
