/** A broker as a client takes it: a host name, an IPv4 address or an IPv6 address in brackets, and a port. */
const BROKER = /^(?:[^\s:,/[\]]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/

const MAX_PORT = 65_535

/** The brokers of a list with commas. Spaces around them, and commas without a broker, mean nothing. */
export function splitBrokers(list: string): string[] {
  return list
    .split(',')
    .map(broker => broker.trim())
    .filter(broker => broker !== '')
}

/** Whether a text is `host:port` with a port that exists. */
export function isBroker(text: string): boolean {
  const port = Number(BROKER.exec(text)?.[1])
  return port >= 1 && port <= MAX_PORT
}
