import ServerlessOfflineKafka from '../../../lib/offline/index.ts'
import { freePorts } from '../../../local/ports.ts'

test('a mapping that is not enabled is said, and does not run', async () => {
  const [lambdaPort = 0, apiPort = 0] = await freePorts(2)
  const lines: string[] = []
  const say = (line: string) => void lines.push(line)
  const kafka = { topic: 'orders', bootstrapServers: ['127.0.0.1:9092'], accessConfigurations: {}, enabled: false }
  const service = {
    functions: { dump: { name: 'shop-dev-dump', events: [{ kafka }] } },
    custom: { 'serverless-offline-kafka': { apiPort } },
  }
  const serverless = { service, pluginManager: { spawn: async () => {} }, classes: { Error } }
  const log = { info: say, notice: say, warning: say, error: say }
  const { hooks } = new ServerlessOfflineKafka(serverless, { lambdaPort }, { log })
  hooks['before:offline:start:init']()
  try {
    await hooks['after:offline:start:init']()
    const url = `http://127.0.0.1:${apiPort}/2015-03-31/event-source-mappings/`
    const answer = await fetch(url, { headers: { authorization: 'AWS4-HMAC-SHA256' } })
    expect(await answer.json()).toMatchObject({ EventSourceMappings: [{ Topics: ['orders'], State: 'Disabled' }] })
    // One that runs says its group.
    expect(lines).toEqual(['Kafka  orders → dump  disabled'])
  } finally {
    await hooks['before:offline:start:end']()
  }
})
