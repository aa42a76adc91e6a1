import { styleText } from 'node:util'
import type { LifecycleRule } from '@aws-sdk/client-s3'
import { readDumpSettings } from '../lib/config/dump.ts'
import { setRetention } from '../lib/s3/lifecycle.ts'

/** Sets after how many days S3 removes objects below OBJECT_PREFIX in S3_BUCKET, and prints the rules before and after. */
export async function retention(days: number): Promise<void> {
  const { store, keys } = readDumpSettings(process.env)
  if (keys.prefix === '') {
    throw new Error('Set OBJECT_PREFIX: a rule for the whole bucket would also remove objects of other programs.')
  }
  const { before, after } = await setRetention(store, keys.prefix, days)
  print(`Lifecycle of ${store.bucket}, before`, before)
  print(`Lifecycle of ${store.bucket}, now`, after)
  console.log(
    before === after
      ? 'No change was needed.'
      : `Objects in ${keys.prefix}/ are removed after ${days} ${days === 1 ? 'day' : 'days'}.`,
  )
}

function print(title: string, rules: LifecycleRule[]) {
  console.log(styleText('bold', title))
  for (const { ID, Status, Filter, Prefix, ...actions } of rules) {
    const scope = Prefix ?? Filter?.Prefix ?? JSON.stringify(Filter ?? 'the whole bucket')
    console.log(`  ${ID} (${Status}) ${scope}: ${JSON.stringify(actions)}`)
  }
  if (rules.length === 0) console.log('  no rules')
}
