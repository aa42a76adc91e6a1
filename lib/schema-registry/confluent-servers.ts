import { HttpRequest } from '@smithy/core/protocols'
import type { Renewable } from '../secrets/renewable.ts'
import { type Answer, createHttp, isTransient, isUnavailable, type RegistryTls, unavailable } from './http.ts'

export interface ConfluentSettings extends Renewable<ConfluentSettings> {
  /** At least one, in the order in which they are asked. */
  urls: string[]
  /** How requests are authorized; absent: not at all, or by the certificate of `tls`. */
  credentials?: { username: string; password: string } | { token: string }
  tls?: RegistryTls
}

/** Asks a registry for what is at a path. */
export type Get = (path: string, signal?: AbortSignal) => Promise<Answer>

/**
 * Asks the servers of one registry with one set of secrets. A server that can't be reached, has an error or throttles is left for
 * the next one, which is then asked first, until it fails itself.
 */
export function createServers({ urls, credentials, tls = {} }: ConfluentSettings): Get {
  const send = createHttp(tls)
  const headers: Record<string, string> = { accept: 'application/vnd.schemaregistry.v1+json, application/json' }
  if (credentials) headers.authorization = authorization(credentials)
  let first = 0

  async function ask(url: string, path: string, signal?: AbortSignal): Promise<Answer> {
    const { protocol, hostname, port, pathname } = new URL(url)
    const base = { method: 'GET', protocol, hostname, port: port === '' ? undefined : Number(port), headers }
    const [way = '', query] = path.split('?')
    const request = new HttpRequest({ ...base, path: pathname.replace(/\/$/, '') + way, query: queryOf(query) })
    const answer = await send(request, signal)
    if (isTransient(answer.status)) throw unavailable(`answered ${answer.status} to ${path}`)
    return answer
  }

  return async (path, signal) => {
    for (let left = urls.length; ; left--) {
      const asked = first
      try {
        return await ask(urls[asked] as string, path, signal)
      } catch (error) {
        if (!isUnavailable(error)) throw error
        // Another request may have left this server already. One that hangs is left too when the attempt's time is over.
        if (first === asked) first = (asked + 1) % urls.length
        if (left === 1 || signal?.aborted) throw error
      }
    }
  }
}

function authorization(credentials: { username: string; password: string } | { token: string }): string {
  if ('token' in credentials) return `Bearer ${credentials.token}`
  const { username, password } = credentials
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function queryOf(query = ''): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query))
}
