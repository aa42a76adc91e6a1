import type { Profiler } from 'node:inspector'
import { sortedProfile } from '../../bench/function/profile.ts'

/** A profile with one stack for each entry: the functions from the outermost, as `file name`, and how many samples it has. */
function profileOf(stacks: [frames: string[], samples: number][]): Profiler.Profile {
  const nodes: Profiler.ProfileNode[] = [{ id: 1, callFrame: frame(' (root)'), children: [] }]
  const samples: number[] = []
  for (const [frames, count] of stacks) {
    let parent = nodes[0] as Profiler.ProfileNode
    for (const text of frames) {
      const node = { id: nodes.length + 1, callFrame: frame(text), children: [] }
      parent.children?.push(node.id)
      nodes.push(node)
      parent = node
    }
    samples.push(...Array.from({ length: count }, () => parent.id))
  }
  return { nodes, samples, startTime: 0, endTime: 0 }
}

function frame(text: string): Profiler.ProfileNode['callFrame'] {
  const space = text.indexOf(' ')
  const [url, functionName] = [text.slice(0, space), text.slice(space + 1)]
  return { functionName, url, scriptId: '1', lineNumber: 0, columnNumber: 0 }
}

test('a sample belongs to the step of the innermost function that has one', () => {
  const { steps } = sortedProfile(
    profileOf([
      [['lib/dump.ts putObject', 'lib/formats/avro.ts encode', 'node:zlib processChunk', ' write'], 5],
      [['lib/dump.ts putObject', 'lib/formats/avro.ts encode', 'node:buffer concat'], 3],
      [['lib/dump.ts putObject', '@smithy/signature-v4/dist-es/SignatureV4.js sign'], 1],
      [['node:internal/process/task_queues processTicksAndRejections'], 1],
    ]),
  )
  expect(steps).toEqual({ compression: 0.5, encoding: 0.3, 'digests, signatures': 0.1, rest: 0.1 })
})

test('waiting and reading events count for nothing', () => {
  const { steps, functions } = sortedProfile(
    profileOf([
      [[' (idle)'], 50],
      [['node:fs readFileSync', ' readFileUtf8'], 50],
      [[' (garbage collector)'], 1],
      [['test/bench/function/invoked-function.ts invoke'], 1],
    ]),
  )
  expect(steps).toEqual({ 'garbage collection': 0.5, 'JSON.parse': 0.5 })
  expect(functions.map(([name]) => name)).toEqual([
    '(garbage collector)',
    'invoke (test/bench/function/invoked-function.ts)',
  ])
})

test('native code is named with the function that calls it', () => {
  const { functions } = sortedProfile(
    profileOf([[['lib/platforms/aws/event.ts decode', 'node:buffer write', ' base64Write'], 1]]),
  )
  expect(functions).toEqual([['base64Write (native, from write in node:buffer)', 1]])
})
