import { declarationSchemas } from '../../../../lib/connectors/declaration/declaration.ts'
import { withoutSecrets } from '../../../../lib/connectors/declaration/without-secrets.ts'
import { dump, replicate, SECRET } from '../../../support/connectors.ts'

const shown = (declared: { type: string }) =>
  withoutSecrets(declarationSchemas[declared.type as 'dump' | 'replicate'], declared)

test('a declaration is shown as it is written, with the places of its secrets', () => {
  const declared = dump({
    source: { auth: { scram512: SECRET }, startFrom: new Date(0), filters: [{ value: { type: ['order'] } }] },
    to: { secretAccessKey: { secret: `${SECRET}#key` }, createBucket: true },
    tags: { team: 'lake' },
  })
  expect(shown(declared)).toEqual(declared)
})

test('no secret is shown, however it is written', () => {
  const declared = dump({
    source: {
      auth: { scram512: 'hunter2', plain: { 'Fn::Sub': 'hunter2' }, mtls: `${SECRET} hunter2` },
      schemaRegistry: { uri: 'https://user:hunter2@registry', basic: 'hunter2' },
    },
    to: { accessKeyId: 'hunter2', secretAccessKey: 'hunter2', schemaRegistryPassword: 'hunter2' },
    unknown: 'hunter2',
  })
  const text = JSON.stringify(shown(declared))
  expect(text).not.toContain('hunter2')
  expect(text).toContain('https://(not shown)@registry')
  expect(JSON.stringify(shown(replicate({ to: { auth: { plain: 'hunter2' } } })))).not.toContain('hunter2')
})

test('a declaration that is no map is shown without failing', () => {
  expect(withoutSecrets(declarationSchemas.dump, null)).toEqual({})
})
