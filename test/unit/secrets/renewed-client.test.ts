import { CodedError } from '../../../lib/error.ts'
import type { Renewable } from '../../../lib/secrets/renewable.ts'
import { RenewedClient } from '../../../lib/secrets/renewed-client.ts'

interface Login extends Renewable<Login> {
  password: string
}

const refusal = new CodedError('KAFKA_ACCESS_DENIED', 'refused')
const away = new CodedError('KAFKA_UNAVAILABLE', 'away')

/** A client whose service takes the password `new`, and which notes what is opened and closed. */
function createClient(login: Login, open?: (login: Login) => Promise<string>) {
  const notes: string[] = []
  const client = new RenewedClient(login, {
    open(login) {
      notes.push(`open ${login.password}`)
      return open?.(login) ?? login.password
    },
    close: async password => void notes.push(`close ${password}`),
    refusal: 'KAFKA_ACCESS_DENIED',
    closesOn: ({ code }) => code === 'KAFKA_UNAVAILABLE',
  })
  return { client, notes }
}

async function logIn(password: string): Promise<string> {
  if (password !== 'new') throw refusal
  return password
}

describe.each(['use', 'useOnce'] as const)('secrets that are refused: %s', use => {
  test('are renewed, once for all who were refused with them', async () => {
    let readings = 0
    const renew = async () => {
      readings += 1
      return { password: 'new' }
    }
    const { client } = createClient({ password: 'old', renew })
    await expect(client[use](logIn)).resolves.toBe('new')
    await expect(client[use](logIn)).resolves.toBe('new')
    expect(readings).toBe(1)
  })

  test.each<[string, Login]>([
    ['can’t be renewed', { password: 'old' }],
    ['have not changed', { password: 'old', renew: async () => undefined }],
    ['have changed and are refused, too', { password: 'old', renew: async () => ({ password: 'other' }) }],
  ])('%s: the refusal stands', async (_, login) => {
    await expect(createClient(login).client[use](logIn)).rejects.toBe(refusal)
  })

  test('another error renews nothing', async () => {
    const renew = () => Promise.reject(new Error('read again'))
    const { client } = createClient({ password: 'old', renew })
    await expect(client[use](() => Promise.reject(away))).rejects.toBe(away)
  })

  test('the code of an error is the one that it is given', async () => {
    const { client } = createClient({ password: 'old', renew: async () => ({ password: 'new' }) })
    const action = async (password: string) => {
      if (password === 'old') throw new Error('of the library')
      return password
    }
    await expect(client[use](action, () => refusal)).resolves.toBe('new')
  })
})

describe('the client', () => {
  test('is opened once, and closed at the end', async () => {
    const { client, notes } = createClient({ password: 'new' })
    expect(notes).toEqual([])
    await Promise.all([client.use(logIn), client.use(logIn)])
    await client.close()
    expect(notes).toEqual(['open new', 'close new'])
    await client.close()
    await client.use(logIn)
    expect(notes).toEqual(['open new', 'close new', 'open new'])
  })

  test('is closed by the errors that do so, and opened again by the next use', async () => {
    const { client, notes } = createClient({ password: 'new' })
    await expect(client.use(() => Promise.reject(refusal))).rejects.toBe(refusal)
    await client.use(logIn)
    expect(notes).toEqual(['open new'])
    await expect(client.use(() => Promise.reject(away))).rejects.toBe(away)
    await client.use(logIn)
    expect(notes).toEqual(['open new', 'close new', 'open new'])
  })

  // One request that was out of time closed the connections on which hundreds of others waited for their answers.
  test('stays open for those who use it when an error of another use replaces it', async () => {
    const { client, notes } = createClient({ password: 'new' })
    const slow = Promise.withResolvers<string>()
    const waiting = client.use(() => slow.promise)
    await expect(client.use(() => Promise.reject(away))).rejects.toBe(away)
    await client.use(logIn)
    expect(notes).toEqual(['open new', 'open new'])
    slow.resolve('answer')
    await expect(waiting).resolves.toBe('answer')
    expect(notes).toEqual(['open new', 'open new', 'close new'])
  })

  test('with refused secrets is closed when another one is opened', async () => {
    const { client, notes } = createClient({ password: 'old', renew: async () => ({ password: 'new' }) })
    await client.use(logIn)
    expect(notes).toEqual(['open old', 'open new', 'close old'])
  })

  test('is opened again when that has failed', async () => {
    let openings = 0
    const { client, notes } = createClient({ password: 'new' }, async ({ password }) => {
      openings += 1
      if (openings === 1) throw away
      return password
    })
    await expect(client.use(logIn)).rejects.toBe(away)
    await expect(client.use(logIn)).resolves.toBe('new')
    expect(notes).toEqual(['open new', 'open new'])
  })

  test('for a single use is closed after it, whatever becomes of it', async () => {
    const { client, notes } = createClient({ password: 'new' })
    await client.useOnce(logIn)
    await expect(client.useOnce(() => Promise.reject(refusal))).rejects.toBe(refusal)
    expect(notes).toEqual(['open new', 'close new', 'open new', 'close new'])
  })
})
