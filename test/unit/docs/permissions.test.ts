import { bundledFunctions } from '../../../lib/connectors/resources/deployed-functions.ts'
import { permissionsOf } from '../../../local/permissions/deployed.ts'
import { grantedBy } from '../../../local/permissions/granted.ts'
import { reasons } from '../../../local/permissions/reasons.ts'
import { allPermissions } from '../../../local/permissions/table.ts'

test.each(Object.keys(reasons) as (keyof typeof reasons)[])(
  '%s has each permission that docs/permissions.md explains',
  file => {
    const granted = allPermissions(file).map(({ action, place }) => `${action} ${place}`.trim())
    expect(Object.keys(reasons[file]).filter(key => !granted.includes(key))).toEqual([])
  },
)

test('each function that is bundled for Lambda has its reasons', () => {
  expect(Object.keys(reasons).toSorted()).toEqual(bundledFunctions.toSorted())
})

test('permissions are told apart by the cluster that they are on', () => {
  const on = (cluster: string) => `arn:aws:kafka:eu-central-1:123456789012:topic/${cluster}/6357e0b2/orders`
  const Resource = [on('source')]
  const statement = { Effect: 'Allow' as const, Action: ['kafka-cluster:ReadData'], Resource }
  const found = permissionsOf([statement, { ...statement, Resource: [on('target')] }])
  expect(found.map(({ place }) => place)).toEqual(['source', 'target'])
  expect(grantedBy([statement])).toEqual([{ action: 'kafka-cluster:ReadData', resources: Resource, condition: {} }])
})
