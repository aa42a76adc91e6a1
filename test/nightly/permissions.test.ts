import { appendFileSync } from 'node:fs'
import pMap from 'p-map'
import { grantedBy } from '../support/permissions/granted.ts'
import { deployedOf, placeOf, play, without } from '../support/permissions/scenario.ts'
import { scenarios } from '../support/permissions/scenarios.ts'
import { startWorld, type World } from '../support/permissions/world.ts'

let world: World
beforeAll(async () => { world = await startWorld() }, 300_000)
afterAll(() => world?.stop())

test('all', async () => {
  const only = process.env.ONLY
  for (const scenario of scenarios.filter(({ file, title }) => !only || new RegExp(only).test(`${file} ${title}`))) {
    const all = grantedBy(deployedOf(scenario, 'any').statements).filter(({ action }) => !/^(logs|ec2|xray)/.test(action))
    const keys = [['', ''], ...new Map(all.map(granted => [`${granted.action} ${placeOf(granted)}`, [granted.action, placeOf(granted)]])).values()] as [string, string][]
    await pMap(keys, async ([action, place]) => {
      const began = Date.now()
      const { outcomes, output, admitted } = await play(scenario, world, all => without(all, action, place)).catch(error => ({ outcomes: [String(error.stack)], output: '', admitted: { refused: [], granted: [], used: new Set() } }) as never)
      const problems = output.split('\n').filter(line => /"level":"(WARN|ERROR)"/.test(line)).map(line => { const { message, errorCode, errorMessage, results } = JSON.parse(line); return { message, errorCode, errorMessage, results: results?.filter((r: any) => !r.ok || r.warning) } })
      const unused = admitted.granted.filter(one => !admitted.used.has(one) && !one.action.startsWith('kafka-cluster')).map(({ action }) => action)
      appendFileSync('/tmp/removal.jsonl', JSON.stringify({ scenario: `${scenario.file} ${scenario.title}`, without: `${action} ${place}`, ms: Date.now() - began, outcomes, problems, refused: admitted.refused, ...(action === '' && { unused }) }) + '\n')
    }, { concurrency: 3 })
  }
}, 3_000_000)
