import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

/** Lets only a browser on this machine use the console, with the token, and only from the console's own pages. */
export class Access {
  /** What the printed address has. */
  readonly token = randomBytes(24).toString('base64url')
  /** What the browser sends from then on, so that the token isn't in any address. */
  readonly #session = randomBytes(24).toString('base64url')
  readonly #port: () => number

  constructor(port: () => number) {
    this.#port = port
  }

  /**
   * Refuses what doesn't come from a browser that asked this machine: a web page whose own name is made to resolve to 127.0.0.1
   * can't choose another Host, and pages of other origins can't hide theirs.
   */
  readonly origin: MiddlewareHandler = async (context, next) => {
    const { req } = context
    const hosts = ['127.0.0.1', 'localhost', '[::1]'].map(name => `${name}:${this.#port()}`)
    if (!hosts.includes(req.header('host') ?? '')) return context.text('The host has to be this machine.\n', 403)
    const origin = req.header('origin')
    const isOwn = origin !== undefined && hosts.some(host => origin === `http://${host}`)
    if (origin !== undefined && !isOwn) return context.text('The request comes from another origin.\n', 403)
    if (req.method !== 'GET' && !isOwn) return context.text('The request has no origin.\n', 403)
    // A link to the address may be on another site, such as a chat. Following it is safe: the site sees nothing of the answer.
    const site = req.header('sec-fetch-site')
    const isForeign = site === 'cross-site' || site === 'same-site'
    if (isForeign && req.header('sec-fetch-mode') !== 'navigate')
      return context.text('The request comes from another site.\n', 403)
    await next()
  }

  /** Takes the token of the address for a cookie; lets nobody else pass who has no cookie. */
  readonly session: MiddlewareHandler = async (context, next) => {
    const given = context.req.query('token')
    if (context.req.path === '/' && given !== undefined && isEqual(given, this.token)) {
      setCookie(context, this.#cookie, this.#session, { httpOnly: true, sameSite: 'Strict', path: '/' })
      return context.redirect('/', 303)
    }
    if (!isEqual(getCookie(context, this.#cookie) ?? '', this.#session))
      return context.text('Open the address that the terminal has printed: it has a token.\n', 401)
    await next()
  }

  /** Cookies are the same for all ports of a host, and several consoles may run. */
  get #cookie(): string {
    return `kafka-functions-console-${this.#port()}`
  }
}

/** Compares in a time that tells nothing about where they differ. */
function isEqual(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
