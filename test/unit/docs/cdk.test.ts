import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildBundles } from '../../../lib/bundling.ts'

const root = join(import.meta.dirname, '../../..')

test('the example of docs/cdk.md runs as it is', async () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'docs/cdk.md'), 'utf8')) ?? []
  await buildBundles(['dump', 'check', 'settle-mappings'])
  // In the project, where the CDK is found.
  const folder = mkdtempSync(join(root, '.build-example-'))
  try {
    const source = join(root, 'lib/cdk/index.ts')
    writeFileSync(join(folder, 'app.ts'), example.replace("'kafka-functions/cdk'", `'${source}'`))
    const environment = { ...process.env, CDK_OUTDIR: join(folder, 'out'), CDK_VALIDATION: 'false' }
    await promisify(execFile)(process.execPath, [join(folder, 'app.ts')], { env: environment })
    const template = JSON.parse(readFileSync(join(folder, 'out/Shop.template.json'), 'utf8'))
    const types = Object.values(template.Resources as Record<string, { Type: string }>).map(({ Type }) => Type)
    expect(types.filter(type => type === 'AWS::Lambda::EventSourceMapping')).toHaveLength(2)
    expect(types).toContain('AWS::IAM::Policy')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
