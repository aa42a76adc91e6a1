import pMap from 'p-map'
import { play, type Scenario } from '../support/permissions/scenario.ts'
import { scenarios } from '../support/permissions/scenarios.ts'
import { startWorld, type World } from '../support/permissions/world.ts'

let world: World
beforeAll(async () => { world = await startWorld() })
afterAll(() => world?.stop())

test('all', async () => {
  const only = process.env.ONLY
  const results = await pMap(scenarios.filter(({ file, title }) => !only || `${file} ${title}`.includes(only)), async (scenario: Scenario) => {
    const began = Date.now()
    const { outcomes, output, admitted } = await play(scenario, world).catch(error => ({ outcomes: [String(error.stack)], output: '', admitted: { refused: [], granted: [], used: new Set() } }) as never)
    const problems = output.split('\n').filter(line => /"level":"(WARN|ERROR)"/.test(line))
    const unused = admitted.granted.filter(one => !admitted.used.has(one) && !one.action.startsWith('kafka-cluster')).map(({ action, resources }) => `${action} ${resources}`)
    return `== ${scenario.file} ${scenario.title} ${Date.now() - began} ms\n${JSON.stringify(outcomes).slice(0, 3000)}\n${problems.join('\n').slice(0, 1500)}\nREFUSED ${JSON.stringify(admitted.refused)}\nUNUSED ${unused.join('\n   ')}`
  }, { concurrency: 2 })
  console.log(results.join('\n\n'))
})
