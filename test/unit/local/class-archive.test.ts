import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { classOptions, makeClassArchive } from '../../../local/class-archive.ts'
import { runLeashed } from '../../../local/leashed-process.ts'
import { javaCommand } from '../../../local/prerequisites.ts'

const { JAVA_HOME } = process.env
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'class-archive-'))
})

afterEach(async () => {
  if (JAVA_HOME === undefined) delete process.env.JAVA_HOME
  else process.env.JAVA_HOME = JAVA_HOME
  await rm(folder, { recursive: true })
})

const jars = () => ({ title: 'any', classpath: 'any', folder, classArchive: join(folder, 'any.jsa') })

/** A `java` that writes what it is given as classes into the archive, and a line for each run, and ends with a code. */
async function installJava(code = 0): Promise<void> {
  process.env.JAVA_HOME = join(folder, 'home')
  const java = javaCommand()
  await mkdir(join(java, '..'), { recursive: true })
  const option = (name: string) => `$(echo "$@" | sed 's/.*-XX:${name}=\\([^ ]*\\).*/\\1/')`
  const copy = `cp "${option('SharedClassListFile')}" "${option('SharedArchiveFile')}"`
  await writeFile(java, `#!/bin/sh\necho run >> '${folder}/runs'\n${copy}\nexit ${code}\n`)
  await chmod(java, 0o755)
}

/** The list as a server leaves it that is writing its last line. */
async function list(): Promise<void> {
  await writeFile(join(folder, 'classes.list'), 'a/A id: 1\nb/B id: 2\nc/')
}

test('the classes of the first start are archived, once however many servers start, and used from then on', async () => {
  await installJava()
  await list()
  expect(classOptions(jars(), folder)).toEqual([`-XX:DumpLoadedClassList=${folder}/classes.list`])
  await Promise.all([1, 2, 3].map(() => makeClassArchive(jars(), folder)))
  await makeClassArchive(jars(), folder)
  expect(await readFile(join(folder, 'any.jsa'), 'utf8')).toBe('a/A id: 1\nb/B id: 2\n')
  expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\n')
  expect(classOptions(jars(), folder)).toEqual(['-Xshare:auto', `-XX:SharedArchiveFile=${folder}/any.jsa`])
  expect((await readdir(folder)).toSorted()).toEqual(['any.jsa', 'classes.list', 'home', 'runs'])
})

test('an archive that Java could not make is none, and is tried again', async () => {
  await installJava(1)
  await list()
  await makeClassArchive(jars(), folder)
  expect(existsSync(jars().classArchive)).toBe(false)
  await makeClassArchive(jars(), folder)
  expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('run\nrun\n')
  expect((await readdir(folder)).toSorted()).toEqual(['classes.list', 'home', 'runs'])
})

test('Java starts with an archive that it cannot read', async () => {
  await writeFile(jars().classArchive, 'not an archive')
  await runLeashed({ command: [javaCommand(), ...classOptions(jars(), folder), '-version'] })
})
