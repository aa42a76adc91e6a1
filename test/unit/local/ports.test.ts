import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { freePorts, refuseTaken } from '../../../local/ports.ts'

// A broker did not start, or start again, since an outgoing connection had got its port in the meantime.
test('ports are none that outgoing connections get, and nobody else is given them', async () => {
  const ports = (await Promise.all([freePorts(200), freePorts(200)])).flat()
  expect(new Set(ports).size).toBe(400)
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '49152 65535')
  const [first = 0] = range.trim().split(/\s+/).map(Number)
  expect(Math.max(...ports)).toBeLessThan(first)
})

// Two test files that started brokers at the same time could find the same port free.
test('processes that look for ports at the same time look in different places', async () => {
  const program = `import { freePorts } from '${new URL('../../../local/ports.ts', import.meta.url)}'
    console.log(JSON.stringify(await freePorts(20)))`
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const [one, other] = await Promise.all([run(), run()])
  const ports = [one, other].map(({ stdout }): number[] => JSON.parse(stdout))
  expect(new Set(ports.flat()).size).toBe(40)
  for (const own of ports) expect(Math.max(...own) - Math.min(...own)).toBeLessThan(64)
})

// "options.port should be >= 0 and < 65536. Received type number (NaN)" left open which of the ports was meant.
test('a port that is none is named by its variable', async () => {
  for (const port of [Number('x'), 70_000]) {
    await expect(refuseTaken({ OFFLINE_LAMBDA_PORT: port })).rejects.toThrow('OFFLINE_LAMBDA_PORT is not a valid port')
  }
})
