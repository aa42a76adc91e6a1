import pMap from 'p-map'
import { permissionsOf, placeOf } from '../../local/permissions/deployed.ts'
import { lambdasReason } from '../../local/permissions/reasons.ts'
import { refusalsOf } from '../support/permissions/refusals.ts'
import { type Played, play, type Scenario, titleOf } from '../support/permissions/scenario.ts'
import { scenarios } from '../support/permissions/scenarios.ts'
import { startWorld, type World } from '../support/permissions/world.ts'

let world: World
const played = new Map<Scenario, Played>()

beforeAll(async () => {
  world = await startWorld()
  await pMap(scenarios, async scenario => played.set(scenario, await play(scenario, world)), { concurrency: 2 })
})

afterAll(() => world?.stop())

/**
 * The object that was deleted is looked for once more, without the permission to tell that it is gone: access to the keys of
 * others is not worth that.
 */
const accepted = ['check s3:ListBucket']

test.each(scenarios.map(scenario => [titleOf(scenario), scenario] as const))(
  '%s: the role allows every request that the function makes',
  (_, scenario) => {
    const { outcomes, output, admitted } = played.get(scenario) as Played
    const refused = admitted.refused.map(({ action }) => `${scenario.file} ${action}`)
    expect(refused.filter(one => !accepted.includes(one))).toEqual([])
    expect(JSON.stringify(outcomes) + output).not.toContain('ACCESS_DENIED')
    // Where the store refuses a part on purpose, the function fails.
    if (!scenario.fault) expect(outcomes.filter(({ error }) => error)).toEqual([])
  },
)

/** Only a report or a snapshot of more than 5 MiB is written in parts. */
const rare = ['record-cluster s3:AbortMultipartUpload', 'restore s3:AbortMultipartUpload']

test.each([...new Set(scenarios.map(({ file }) => file))])('%s: the role allows nothing that it doesn’t need', file => {
  const own = scenarios.filter(scenario => scenario.file === file)
  const used = own.flatMap(scenario => Array.from((played.get(scenario) as Played).admitted.used, keyOf))
  const allowed = own.flatMap(({ deployed }) => permissionsOf(deployed('name').statements).map(keyOf))
  // A cluster doesn't tell which permission it has used: each is taken away below, or in test/nightly/permissions.test.ts.
  const asked = allowed.filter(key => !key.startsWith('kafka-cluster:') && !lambdasReason(file, key))
  expect(new Set(asked.filter(key => !rare.includes(`${file} ${key}`)))).toEqual(new Set(used))
})

/** The function that everybody deploys. test/nightly/permissions.test.ts does the same with all, which takes minutes. */
test.each(scenarios.filter(({ file }) => file === 'dump').map(scenario => [titleOf(scenario), scenario] as const))(
  '%s: without one of its permissions it fails with the code that docs/permissions.md has, and names it',
  async (_, scenario) => {
    const { found, documented, repeated } = await refusalsOf(scenario, world)
    expect(found).toEqual(documented)
    expect(repeated).toEqual([])
  },
)

function keyOf(permission: { action: string; resources: string[] }): string {
  return `${permission.action} ${placeOf(permission)}`.trim()
}
