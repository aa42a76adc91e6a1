import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type JavaProgram, startJavaProgram } from './java-program.ts'
import { pythonTools } from './python-tools.ts'

/** A value as Java writes it, for Protobuf with its message indexes, and the JSON that Java says it is. */
export interface JavaValue {
  bytes: Buffer
  json: string
}

let oracle: Promise<JavaProgram> | undefined

async function ask(...command: (string | number)[]): Promise<string[]> {
  oracle ??= startJavaProgram('SerializerOracle', 'serializers', import.meta.dirname)
  return await (await oracle).ask(...command)
}

afterAll(async () => {
  await (await oracle)?.stop()
})

const base64 = (text: string) => Buffer.from(text).toString('base64')
const list = (texts: string[]) => texts.map(base64).join()

function valuesOf(fields: string[]): JavaValue[] {
  return fields.map(field => {
    const [bytes = '', json = ''] = field.split(' ').map(part => Buffer.from(part, 'base64'))
    return { bytes: bytes as Buffer, json: json.toString() }
  })
}

/** Values of a schema that Avro's own generator makes. */
export async function avroValues(schema: string, references: string[], count: number, seed: number) {
  return valuesOf(await ask('avro', base64(schema), list(references), count, seed))
}

/** A value that is given in Avro's JSON encoding. */
export async function avroValue(schema: string, references: string[], json: string) {
  return valuesOf(await ask('avro-json', base64(schema), list(references), base64(json)))
}

/** Messages with random fields. `set` is a descriptor set. */
export async function protobufValues(set: Buffer, message: string, count: number, seed: number) {
  return valuesOf(await ask('protobuf', set.toString('base64'), base64(message), count, seed))
}

/** A message that is given as ProtoJSON. */
export async function protobufValue(set: Buffer, message: string, json: string) {
  return valuesOf(await ask('protobuf-json', set.toString('base64'), base64(message), base64(json)))
}

/** A file that Google distributes in Java's jars. */
export async function googleFile(path: string): Promise<string> {
  const [file = ''] = await ask('resource', base64(path))
  return Buffer.from(file, 'base64').toString()
}

/** Compiles files with Google's compiler to a descriptor set, each file after those that it imports. */
export async function compileProtos(files: Record<string, string>): Promise<Buffer> {
  const python = join(await pythonTools('test/python/requirements.txt'), 'python')
  const folder = await mkdtemp(join(tmpdir(), 'protos-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const run = promisify(execFile)
    const { stdout } = await run(python, ['-c', 'import grpc_tools, os; print(os.path.dirname(grpc_tools.__file__))'])
    const includes = [`-I${folder}`, `-I${join(stdout.trim(), '_proto')}`]
    const output = ['--include_imports', `--descriptor_set_out=${join(folder, 'set')}`]
    await run(python, ['-m', 'grpc_tools.protoc', ...includes, ...output, ...Object.keys(files)])
    return await readFile(join(folder, 'set'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
