import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatStorage, newClusterId } from '../../../local/kafka-storage.ts'

// One broker in 64 did not start: `kafka-storage format -t -…` takes an id that begins with a hyphen for an option.
test('the id of a new cluster never begins with a hyphen', () => {
  const ids = Array.from({ length: 2000 }, newClusterId)
  expect(ids.filter(id => !/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toEqual([])
})

test('storage that was formatted once is copied, with ids of its own for each cluster', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-storage-'))
  try {
    const users = ['SCRAM-SHA-256=[name=a,password=b]']
    const hash = createHash('sha256').update(users.join()).digest('hex').slice(0, 12)
    await writeFile(join(folder, `jars-storage-${hash}.checkpoint`), 'users')
    const jars = { title: 'any', classpath: 'any', folder: join(folder, 'jars'), classArchive: 'any' }
    const clusters = ['1', '2'].map(async name => {
      const dataDir = join(folder, name)
      // What an interrupted start has left.
      await mkdir(join(dataDir, 'log', 'half'), { recursive: true })
      await formatStorage({ jars, dataDir, isKept: true, javaOptions: [], users })
      expect(await readFile(join(dataDir, 'log', 'bootstrap.checkpoint'), 'utf8')).toBe('users')
      return readFile(join(dataDir, 'log', 'meta.properties'), 'utf8')
    })
    const [first = '', second] = await Promise.all(clusters)
    expect(first).toMatch(/^version=1\nnode\.id=1\ncluster\.id=[\w-]{22}\ndirectory\.id=[\w-]{22}\n$/)
    expect(second).not.toBe(first)
  } finally {
    await rm(folder, { recursive: true })
  }
})
