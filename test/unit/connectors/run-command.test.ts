import { PassThrough, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Deployment } from '../../../lib/connectors/commands/deployment.ts'
import { errorDocument } from '../../../lib/connectors/commands/error-document.ts'
import { Output } from '../../../lib/connectors/commands/output.ts'
import { type CommonOptions, runCommand } from '../../../lib/connectors/run-command.ts'
import { CodedError } from '../../../lib/error.ts'
import { dump, read } from '../../support/connectors.ts'
import { documentsIn } from '../../support/printed-documents.ts'

/** A stream that keeps what is written to it, and on request is a terminal, or closed by its reader after some writes. */
function kept({ rows, closedAfter = Number.POSITIVE_INFINITY }: { rows?: number; closedAfter?: number } = {}) {
  const parts: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk))
      done(parts.length > closedAfter ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null)
    },
  })
  if (rows !== undefined) Object.assign(stream, { isTTY: true, rows })
  return { output: new Output(stream), parts, text: () => parts.join('') }
}

const mapping = (topic: string) => ({ uuid: topic, topic, state: 'Enabled', configuration: {} })

interface Circumstances {
  options?: CommonOptions & Record<string, unknown>
  deployment?: Partial<Deployment>
  out?: ReturnType<typeof kept>
}

async function run(name: 'pause' | 'check', { options = {}, deployment = {}, out = kept() }: Circumstances) {
  const errors = kept()
  const reached = {
    config: { region: 'eu-central-1' },
    mappingsOf: async () => [mapping('orders')],
    mappings: { update: async () => {} },
    ...deployment,
  } as unknown as Deployment
  const code = await runCommand(name, {
    options,
    output: out.output,
    errors: errors.output,
    open: async () => ({ connectors: read({ flow: dump() }), deployment: reached }),
  })
  return { code, printed: out.text(), told: stripVTControlCharacters(errors.text()) }
}

const answering = (ok: boolean): Partial<Deployment> => ({
  ask: async () =>
    ({
      results: [{ check: 'source login', ok, detail: 'x', ...(ok ? {} : { errorCode: 'KAFKA_UNAVAILABLE' }) }],
    }) as never,
})

test('a result goes to standard output and ends with 0', async () => {
  expect(await run('check', { deployment: answering(true) })).toMatchObject({
    code: 0,
    printed: expect.stringContaining('Connectivity check passed.'),
    told: '',
  })
})

test('a check that fails prints its result, the reason apart from it, and ends with 1', async () => {
  const text = await run('check', { deployment: answering(false) })
  expect(text).toMatchObject({ code: 1, told: 'Error: Connectivity check failed: flow.\n' })
  expect(stripVTControlCharacters(text.printed)).toMatch(/✗ source login +x \(KAFKA_UNAVAILABLE: it passes by itself\)/)
  const json = await run('check', { options: { json: true }, deployment: answering(false) })
  expect(json.code).toBe(1)
  expect(documentsIn('check', json.printed)).toMatchObject([
    { passed: false, connectors: [{ name: 'flow', results: [{ ok: false, act: 'system' }, { ok: true }] }] },
  ])
  expect(errorDocument.parse(JSON.parse(json.told)).error.message).toBe('Connectivity check failed: flow.')
})

test('an error says its code and who has to act; as JSON, standard output stays empty', async () => {
  const deployment = {
    mappingsOf: async () => {
      throw new CodedError('STORE_BUCKET_MISSING', 'There is no bucket lake.', { topic: 'orders', partition: 1 })
    },
  }
  const text = await run('pause', { options: { name: 'flow' }, deployment })
  expect(text).toMatchObject({ code: 1, printed: '' })
  expect(text.told).toMatch(/^Error: There is no bucket lake\.\nSTORE_BUCKET_MISSING, a person has to act: .*S3_BUCKET/)
  const { printed, told } = await run('pause', { options: { name: 'flow', json: true }, deployment })
  expect(printed).toBe('')
  expect(errorDocument.parse(JSON.parse(told)).error).toEqual({
    ...{ message: 'There is no bucket lake.', code: 'STORE_BUCKET_MISSING', act: 'person' },
    ...{ topic: 'orders', partition: 1 },
  })
})

test('a reader that closes the output ends the command quietly', async () => {
  expect(await run('check', { deployment: answering(true), out: kept({ closedAfter: 0 }) })).toMatchObject({
    code: 0,
    told: '',
  })
})

describe('--watch', () => {
  /** Rounds until the reader has seen enough: the second one fails. */
  const rounds = (): Partial<Deployment> => {
    let round = 0
    return {
      ask: async () => {
        round++
        if (round === 2) throw new Error('away for a moment')
        return { results: [{ check: `round ${round}`, ok: true, detail: '' }] } as never
      },
    }
  }
  const watching = { watch: true, interval: '1s' }

  test('prints a document in each line, and an error of a later round as one', async () => {
    const out = kept({ closedAfter: 2 })
    await run('check', { options: { ...watching, json: true }, deployment: rounds(), out })
    const [first = '', second = ''] = out.text().split('\n')
    expect(documentsIn('check', first)).toMatchObject([{ passed: true }])
    expect(errorDocument.parse(JSON.parse(second)).error.message).toBe('away for a moment')
  })

  test('on a terminal each round takes the place of the one before, and what doesn’t fit is counted', async () => {
    const out = kept({ rows: 4, closedAfter: 0 })
    await run('check', { options: watching, deployment: rounds(), out })
    const [screen = ''] = out.parts
    expect(screen.startsWith('\x1b[2J\x1b[H')).toBe(true)
    const lines = stripVTControlCharacters(screen).trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines.at(-1)).toMatch(/^… \d+ more lines$/)
  })

  test('an error of the first round ends it, and so does a wrong interval', async () => {
    const deployment = { ask: async () => Promise.reject(new Error('no')) }
    expect(await run('check', { options: watching, deployment })).toMatchObject({ code: 1, told: 'Error: no\n' })
    expect(await run('check', { options: { watch: true, interval: '0s' }, deployment: rounds() })).toMatchObject({
      code: 1,
      told: 'Error: --interval: expected a time such as 2s or 1m, got 0s\n',
    })
  })
})

test('output that can’t be written is an error', async () => {
  const stream = new PassThrough()
  const out = { ...kept(), output: new Output(stream) }
  stream.destroy(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  await new Promise(resolve => stream.once('close', resolve))
  expect(await run('check', { deployment: answering(true), out })).toMatchObject({
    code: 1,
    told: 'Error: no space left\n',
  })
})
