import * as z from 'zod'
import { OFFSETS_EXPECTED, parseOffsets } from '../commits/offset-notation.ts'
import { parseTime, TIME_EXPECTED } from '../point-in-time.ts'
import { joinPatterns } from '../replication/naming/name-pattern.ts'
import {
  type DumpPlace,
  joinKeys,
  parseKeys,
  parseNames,
  parsePartitions,
  parsePlaces,
  parseStrategy,
} from '../restore/notation.ts'
import { groupStrategies, type RestoreRequest } from '../restore/request.ts'
import { section } from './section.ts'
import { flag, notation, topicName, variable } from './variable.ts'

/** Names of topics are letters, digits, dots, hyphens and underscores; of groups, anything without a comma. */
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/
const GROUP = /^[^,/][^,]{0,254}$/

/** Relative times, such as `1d`, are counted from when they are read. */
const time = () => notation(text => parseTime(text, Date.now()))
const truth = (description: string) => variable(flag().default(false), { description, expected: 'true or false' })

const STRATEGIES = groupStrategies.filter(name => name !== 'time').join(', ')

/** What a restore is asked for: by variables, by the options of a command, or by the fields of the function's event. */
export const requestSection = section({
  title: 'What is restored',
  prefix: 'RESTORE_',
  variables: {
    FROM: variable(notation(parsePlaces).optional(), {
      description:
        'Dumps, several separated by commas. Topics of several become one restore. Not set: S3_BUCKET and OBJECT_PREFIX.',
      expected: 's3://bucket/prefix, several separated by commas',
    }),
    ID: variable(
      z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
        .optional(),
      {
        description:
          'Name of the restore. One with the same name continues where the other ended, and produces no record again. Not set: ' +
          'it follows from the dumps and from how topics are named on the target.',
        expected: '1 to 64 letters, digits, dots, hyphens or underscores, the first a letter or digit',
      },
    ),
    TOPICS: variable(notation(text => parseNames(text, TOPIC)).optional(), {
      description: 'Topics of the dump: names, or regular expressions for whole names in slashes. Not set: all.',
      expected: 'topic names or /regular expressions/, separated by commas',
      joined: joinPatterns,
    }),
    PARTITIONS: variable(notation(parsePartitions).optional(), {
      description: 'Partitions of these topics. Not set: all.',
      expected: 'whole numbers such as 0,2,5-7',
    }),
    OFFSETS: variable(notation(parseOffsets).optional(), {
      description: 'Offsets, whose ranges include both ends. Topic-partitions that are not named are left out.',
      expected: OFFSETS_EXPECTED,
    }),
    SINCE: variable(time().optional(), {
      description: 'Only records with this timestamp or a later one.',
      expected: TIME_EXPECTED,
    }),
    UNTIL: variable(time().optional(), {
      description:
        'Only records with an earlier timestamp than this. Settings of topics and positions of groups are those of this time.',
      expected: TIME_EXPECTED,
    }),
    KEYS: variable(notation(parseKeys).optional(), {
      description:
        'Only records with one of these keys. For a key that has a comma or is not text: base64: and its bytes.',
      expected: 'keys separated by commas, each text, or base64: and base64',
      joined: joinKeys,
    }),
    DRY_RUN: truth('Reads everything, tells what would be produced, and changes nothing.'),
    APPEND: truth('Produces to topics that have other records already.'),
    PURGE: variable(
      z
        .string()
        .transform(text => text.split(','))
        .pipe(z.array(topicName()))
        .default([]),
      {
        description: 'Topics of the target that are deleted, with their records, and created again first.',
        expected: 'topic names of the target, separated by commas',
      },
    ),
    STRICT: truth('Refuses to restore when offsets are missing.'),
    SKIP_CORRUPT: truth('Continues without objects that can’t be read, and reports them.'),
    GROUPS: variable(notation(text => parseStrategy(text, Date.now())).optional(), {
      description:
        'Where consumer groups continue. recorded: at the record that they would have read next. earliest, latest: at the ' +
        'first restored record, or behind the last one. A time: at the first record from then on. none: they are left as they ' +
        'are. Not set: recorded with PARTITIONER same, else none.',
      expected: `one of ${STRATEGIES}, or ${TIME_EXPECTED}`,
    }),
    GROUP_NAMES: variable(notation(text => parseNames(text, GROUP)).optional(), {
      description:
        'Consumer groups: names, or regular expressions for whole names in slashes. Not set: all that were recorded.',
      expected: 'names of groups or /regular expressions/, separated by commas',
      joined: joinPatterns,
    }),
    GROUPS_ONLY: truth('Only sets consumer groups, from what an earlier restore with the same name has produced.'),
    UNDO: truth('Sets consumer groups back to where they were before the restore set them, and does nothing else.'),
  },
  rules: [
    {
      variable: 'UNTIL',
      expected: 'a later time than RESTORE_SINCE',
      holds: ({ SINCE, UNTIL }) => SINCE === undefined || UNTIL === undefined || SINCE < UNTIL,
    },
    {
      variable: 'PARTITIONS',
      expected: 'nothing, as RESTORE_OFFSETS names the partitions',
      holds: ({ PARTITIONS, OFFSETS }) => !PARTITIONS || !OFFSETS,
    },
    {
      variable: 'PURGE',
      expected: 'nothing, as RESTORE_APPEND keeps the records that are there',
      holds: ({ PURGE = [], APPEND }) => PURGE.length === 0 || !APPEND,
    },
    {
      variable: 'PURGE',
      expected: 'nothing, as RESTORE_GROUPS_ONLY changes no topic',
      holds: ({ PURGE = [], GROUPS_ONLY }) => PURGE.length === 0 || !GROUPS_ONLY,
    },
    {
      variable: 'GROUPS',
      expected: 'a strategy other than none, as RESTORE_GROUPS_ONLY is true',
      holds: ({ GROUPS, GROUPS_ONLY }) => GROUPS?.strategy !== 'none' || !GROUPS_ONLY,
    },
    ...(['PURGE', 'GROUPS_ONLY', 'DRY_RUN'] as const).map(variable => ({
      variable,
      expected: 'nothing, as RESTORE_UNDO is true and does nothing else',
      holds: (values: { UNDO?: boolean; PURGE?: string[]; GROUPS_ONLY?: boolean; DRY_RUN?: boolean }) =>
        !values.UNDO || (variable === 'PURGE' ? !values.PURGE?.length : !values[variable]),
    })),
  ],
  settings: (values): { places?: DumpPlace[]; request: RestoreRequest } => ({
    places: values.FROM,
    request: {
      id: values.ID,
      selection: {
        ...{ topics: values.TOPICS, partitions: values.PARTITIONS, offsets: values.OFFSETS, keys: values.KEYS },
        ...{ from: values.SINCE, until: values.UNTIL },
      },
      ...{ dryRun: values.DRY_RUN, append: values.APPEND, purge: values.PURGE, strict: values.STRICT },
      skipCorrupt: values.SKIP_CORRUPT,
      groups: {
        ...(values.GROUPS ?? { strategy: 'recorded' }),
        ...{ names: values.GROUP_NAMES, only: values.GROUPS_ONLY, undo: values.UNDO },
      },
    },
  }),
})
