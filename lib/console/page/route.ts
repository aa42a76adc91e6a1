import { useEffect, useState } from 'preact/hooks'

/** Where a person is: a screen, and what it shows. The address has it behind `#`, so that it can be kept and sent. */
export interface Route {
  /** `connectors`, `records`, … */
  screen: string
  /** The connector that the screen is about; empty for all. */
  name: string
  /** What else is chosen, such as `topic`. */
  chosen: Record<string, string>
}

/** `#/records/orders-to-lake?topic=orders&partition=0` */
export function hrefOf({ screen, name = '', chosen = {} }: { screen: string } & Partial<Route>): string {
  const known = Object.entries(chosen).filter(([, value]) => value !== '')
  const query = new URLSearchParams(known).toString()
  return `#/${[screen, name]
    .filter(part => part !== '')
    .map(encodeURIComponent)
    .join('/')}${query && `?${query}`}`
}

export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const [screen = '', name = ''] = path.split('/').map(decoded)
  return { screen: screen || 'connectors', name, chosen: Object.fromEntries(new URLSearchParams(query)) }
}

/** A part of an address that somebody has mistyped is shown as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Goes to another place. `replace`: Back leads past this one. */
export function go(route: { screen: string } & Partial<Route>, { replace = false } = {}): void {
  if (replace) {
    history.replaceState(null, '', hrefOf(route))
    dispatchEvent(new HashChangeEvent('hashchange'))
  } else location.hash = hrefOf(route)
}

/** The place that the address names. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const follow = () => setHash(location.hash)
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return routeOf(hash)
}
