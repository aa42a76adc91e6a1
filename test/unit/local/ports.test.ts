import { readFile } from 'node:fs/promises'
import { freePorts, refuseTaken } from '../../../local/ports.ts'

// A broker did not start, or start again, since an outgoing connection had got its port in the meantime.
test('ports are none that outgoing connections get, and nobody else is given them', async () => {
  const ports = (await Promise.all([freePorts(200), freePorts(200)])).flat()
  expect(new Set(ports).size).toBe(400)
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '49152 65535')
  const [first = 0] = range.trim().split(/\s+/).map(Number)
  expect(Math.max(...ports)).toBeLessThan(first)
})

// "options.port should be >= 0 and < 65536. Received type number (NaN)" left open which of the ports was meant.
test('a port that is none is named by its variable', async () => {
  for (const port of [Number('x'), 70_000]) {
    await expect(refuseTaken({ OFFLINE_LAMBDA_PORT: port })).rejects.toThrow('OFFLINE_LAMBDA_PORT is no port')
  }
})
