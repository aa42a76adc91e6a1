import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation'
import { createDeployment } from '../../lib/connectors/commands/index.ts'
import { prepareTemplate } from '../../lib/connectors/commands/keep-paused.ts'
import { perform } from '../../lib/connectors/run-command.ts'
import { createEventSourceMappings, type EventSourceMappings } from '../../lib/lambda/event-source-mappings.ts'
import { createStack } from '../../lib/stack/stack.ts'
import { compiledTemplate } from '../support/compiled-template.ts'
import { commandContext, dump, read } from '../support/connectors.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { configOf, createFunction, lambdaOf } from '../support/moto-function.ts'

let moto: Moto
let mappings: EventSourceMappings

beforeAll(async () => {
  moto = await startMoto()
  mappings = createEventSourceMappings(lambdaOf(moto))
})

afterAll(() => moto?.stop())

describe('a deployment of a connector that is paused', () => {
  const stackName = 'shop-dev'
  const client = () => new CloudFormationClient(configOf(moto))

  /** The mappings of a declaration: moto makes no functions without their code. */
  function mappingsOnly(declared: object, functionName: string) {
    const all = Object.entries(compiledTemplate({ flow: declared }).Resources)
    const made = all.filter(([, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping')
    return {
      Resources: Object.fromEntries(
        made.map(([id, resource]) => [
          id,
          { ...resource, Properties: { ...resource.Properties, FunctionName: functionName } },
        ]),
      ),
    }
  }

  test('changes its mappings, and makes new ones, without resuming it', async () => {
    const service = 'shop-dev'
    await createFunction(moto, `${service}-flow`)
    const deployment = createDeployment(service, configOf(moto), { isLocal: false })
    const states = async () =>
      Object.fromEntries(
        (await mappings.list(`${service}-flow`)).map(({ topic, state, configuration }) => [
          topic,
          `${state} ${configuration.BatchSize}`,
        ]),
      )
    /** Deploys as the framework does: the stack is made, prepared for, and updated. */
    async function deploy(declared: object) {
      const template = mappingsOnly(declared, `${service}-flow`)
      const connectors = read({ flow: declared })
      const paused = await prepareTemplate(connectors, deployment, { stackName, template })
      const input = { StackName: stackName, TemplateBody: JSON.stringify(template) }
      const isThere = (await createStack(configOf(moto)).status(stackName)) !== undefined
      await client().send(isThere ? new UpdateStackCommand(input) : new CreateStackCommand(input))
      return { paused, context: { ...commandContext(connectors, undefined, () => {}), deployment } }
    }
    const source = { topics: ['orders', 'payments'] }
    const { context } = await deploy(dump({ source }))
    expect(await states()).toEqual({ orders: 'Enabled 10000', payments: 'Enabled 10000' })

    await perform('pause', context, { name: 'flow' })
    const changed = { source: { topics: ['orders', 'payments', 'refunds'] }, batch: { size: 5 } }
    const second = await deploy(dump(changed))
    const allPaused = { orders: 'Disabled 5', payments: 'Disabled 5', refunds: 'Disabled 5' }
    expect(await states()).toEqual(allPaused)
    expect(second.paused).toEqual([{ connector: 'flow', isWhole: true, topics: ['orders', 'payments'] }])
    await deploy(dump({ ...changed, batch: { size: 6 } }))
    expect(await states()).toEqual({ orders: 'Disabled 6', payments: 'Disabled 6', refunds: 'Disabled 6' })

    await perform('resume', second.context, { name: 'flow' })
    await deploy(dump({ ...changed, batch: { size: 7 } }))
    expect(await states()).toEqual({ orders: 'Enabled 7', payments: 'Enabled 7', refunds: 'Enabled 7' })

    // Declared so, in place of paused: the next declaration decides.
    await deploy(dump({ ...changed, enabled: false }))
    expect(await states()).toMatchObject({ orders: expect.stringMatching(/^Disabled/) })
    await deploy(dump(changed))
    expect(await states()).toEqual({ orders: 'Enabled 5', payments: 'Enabled 5', refunds: 'Enabled 5' })
  })

  test('tells what can’t be asked', async () => {
    expect(await createStack(configOf(moto)).status('none')).toBeUndefined()
    expect(await createStack(configOf(moto)).template('none')).toBeUndefined()
    expect(await createStack(configOf(moto)).physicalIds('none')).toEqual(new Map())
  })
})
