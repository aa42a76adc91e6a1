import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPrerequisites, type Program } from '../../../local/prerequisites.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prerequisites-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** A program that says one thing, on standard error as `java -version` does. */
async function install(path: string, answer: string, exitCode = 0): Promise<void> {
  const file = join(folder, path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `#!/bin/sh\necho '${answer}' >&2\nexit ${exitCode}\n`)
  await chmod(file, 0o755)
}

/** The message of the error, or nothing when all is well. */
async function complaint(programs: Program[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return checkPrerequisites(programs, { PATH: folder, ...env }).then(
    () => '',
    error => error.message,
  )
}

test('no Java', async () => {
  const message = await complaint(['java'])
  expect(message).toMatch(/^The local servers need Java 17 or later, and no working `java` was found\./)
  expect(message).toMatch(/apt install .*brew install .*sdk install java/)
})

test('neither Java nor Maven: one error names both, with an empty PATH', async () => {
  const message = await complaint(['java', 'maven'], { PATH: '' })
  expect(message).toMatch(/no working `java` was found.*\n.*no working `mvn` was found/)
})

test('no Maven', async () => {
  await install('java', 'openjdk version "21.0.4" 2024-07-16')
  expect(await complaint(['java'])).toBe('')
  expect(await complaint(['java', 'maven'])).toMatch(
    /^The local servers come from Maven, and no working `mvn` was found\. .*apt install maven/,
  )
})

test.each([
  ['java version "1.8.0_392"', '8'],
  ['openjdk version "11.0.24" 2024-07-16 LTS', '11'],
  ['openjdk version "16" 2021-03-16', '16'],
])('%s is too old', async (answer, major) => {
  await install('java', answer)
  expect(await complaint(['java'])).toMatch(`need Java 17 or later, and \`java\` is Java ${major}.`)
})

test.each([
  'openjdk version "17.0.15" 2025-04-15',
  'openjdk version "26-ea" 2026-03-17',
  'Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njava version "21"',
])('%s will do', async answer => {
  await install('java', answer)
  await install('mvn', 'Apache Maven 3.9.9')
  expect(await complaint(['java', 'maven'])).toBe('')
})

test("macOS' placeholder for Java is none", async () => {
  await install('java', 'Unable to locate a Java Runtime.', 1)
  expect(await complaint(['java'])).toMatch('no working `java` was found')
})

test('JAVA_HOME comes before PATH', async () => {
  await install('java', 'openjdk version "21"')
  await install('home/bin/java', 'openjdk version "11"')
  const home = join(folder, 'home')
  expect(await complaint(['java'], { JAVA_HOME: home })).toMatch(`\`${home}/bin/java\` is Java 11`)
})
