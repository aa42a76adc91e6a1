import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { type FormatName, formatNames, formats } from '../../../lib/formats/index.ts'
import { platformNames } from '../../../lib/platforms/index.ts'
import { keySettings } from '../../support/arbitrary-key-settings.ts'
import { records } from '../../support/arbitrary-records.ts'
import { checkEvent, type Destination, destinationOf } from '../../support/event-laws.ts'
import { mutate, mutation } from '../../support/event-mutations.ts'
import { platformSenders } from '../../support/platform-senders.ts'

/** A few seconds by default; a million takes minutes: FUZZ_EVENTS=1000000. */
const EVENTS = Number(process.env.FUZZ_EVENTS ?? 6_000)
/** Repeats a run that failed. */
const SEED = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED)

/** Files with a schema take ten times as long as text, so there are fewer of them. */
const isText = (format: FormatName) => formats[format].columns.length === 0
const formatWeights = formatNames.flatMap(format => Array<FormatName>(isText(format) ? 7 : 1).fill(format))
const destinations = fc
  .sample(keySettings, { numRuns: 5 * formatWeights.length, seed: 1 })
  .map((settings, index) => destinationOf(settings, formatWeights[index % formatWeights.length] as FormatName))

const folder = new URL('../../../events/', import.meta.url)
const samples = readdirSync(folder).map(file => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
const generated = fc.sample(records(1), { numRuns: 20, seed: 1 }).map(batch => batch.slice(0, 5))
const sent = platformNames.flatMap(name =>
  platformSenders[name].flatMap(({ event }) => generated.map(batch => event(batch))),
)
const events = [...samples, ...sent]

const isJson = (event: unknown) => !ArrayBuffer.isView((event as { body: unknown }[])[0]?.body) && !hasValues(event)
const hasValues = (event: unknown) => Array.isArray((event as { values?: unknown }).values)

/** As platforms pass it: parsed, as text, or as the bytes of the text. Bytes within an event are no JSON. */
function payloadOf(event: unknown, form: number): unknown {
  if (form > 1 || !isJson(event)) return event
  try {
    const text = JSON.stringify(event) ?? ''
    return form === 0 ? text : Buffer.from(text)
  } catch {
    return event
  }
}

// A null in the place of a record ended five of seven adapters with a TypeError, and each platform repeats such a batch.
test(
  `${EVENTS} events that are almost right are refused with a code, or nothing of them is lost`,
  async () => {
    let decoded = 0
    const event = fc.record({
      base: fc.nat({ max: events.length - 1 }),
      mutations: fc.array(mutation, { maxLength: 5 }),
      form: fc.nat({ max: 9 }),
      destination: fc.nat({ max: destinations.length - 1 }),
    })
    await fc.assert(
      fc.asyncProperty(event, async ({ base, mutations, form, destination }) => {
        const original = structuredClone(events[base])
        const mutated = mutations.reduce(mutate, original)
        const payload = typeof mutated === 'object' && mutated !== null ? payloadOf(mutated, form) : mutated
        if (await checkEvent(payload, destinations[destination] as Destination)) decoded++
      }),
      { numRuns: EVENTS, seed: SEED, interruptAfterTimeLimit: undefined },
    )
    // Otherwise the laws would hold for want of events.
    expect(decoded).toBeGreaterThan(EVENTS / 3)
  },
  Math.max(300_000, EVENTS * 5),
)
