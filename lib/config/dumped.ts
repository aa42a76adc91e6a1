import * as z from 'zod'
import { layoutKinds } from '../dumped/layouts/index.ts'
import { base64Parts, outputFields } from '../dumped/layouts/settings.ts'
import { DEFAULT_TEMPLATE, parseTemplate } from '../objects/template.ts'
import { objectsSection } from './objects.ts'
import { retentionSection } from './retention.ts'
import { section } from './section.ts'
import { descriptionOf, flag, variable } from './variable.ts'

const { OBJECT_PREFIX, OBJECT_KEY_TEMPLATE } = objectsSection.variables
const { description, expected } = descriptionOf(OBJECT_KEY_TEMPLATE)

const isTemplate = (text: string) => parseTemplate(text) !== undefined

const list = <Name extends string>(names: readonly Name[]) =>
  z
    .string()
    .transform(text => text.split(','))
    .pipe(z.array(z.enum(names)))
    .optional()

/** How the objects of a dump are found and read. The records alone tell into which folders a partitioner has put them. */
export const dumpedSection = section({
  title: 'The dump',
  prefix: '',
  variables: {
    OBJECT_PREFIX,
    RESTORE_WRITTEN_BY: variable(z.enum(layoutKinds).default('kafka-functions'), {
      description:
        'The connector that has written the objects. by-content: objects of kafka-functions whose keys say nothing, so that all of them are read to find out.',
      expected: `one of ${layoutKinds.join(', ')}`,
    }),
    RESTORE_TEMPLATE: variable(z.string().optional(), {
      description:
        'How the keys of objects are made, in the words of the connector that has written them. Not set: OBJECT_KEY_TEMPLATE for ' +
        'objects of kafka-functions, else the connector’s default.',
      expected: 'a template',
    }),
    // Readers take the text, as each connector has a notation of its own.
    OBJECT_KEY_TEMPLATE: variable(z.string().refine(isTemplate).prefault(DEFAULT_TEMPLATE), { description, expected }),
    RESTORE_FIELDS: variable(list(outputFields), {
      description: 'The columns of Aiven’s CSV (format.output.fields), in their order. Not set: its default.',
      expected: `a list of ${outputFields.join(', ')}, separated by commas`,
    }),
    RESTORE_BASE64: variable(list(base64Parts), {
      description: 'What is base64 in the text of other connectors. Not set: the value in CSV, nothing in JSON.',
      expected: `a list of ${base64Parts.join(', ')}, separated by commas`,
    }),
    RESTORE_ENVELOPE: variable(flag().optional(), {
      description: 'Aiven’s format.output.envelope: false when each text or row is the value itself. Not set: true.',
      expected: 'true or false',
    }),
    RECORD_RETENTION_DAYS: retentionSection.variables.RECORD_RETENTION_DAYS,
  },
  rules: [
    {
      variable: 'RESTORE_TEMPLATE',
      expected: 'nothing, as the keys that RESTORE_WRITTEN_BY by-content is for have none',
      holds: ({ RESTORE_TEMPLATE, RESTORE_WRITTEN_BY }) => !RESTORE_TEMPLATE || RESTORE_WRITTEN_BY !== 'by-content',
    },
  ],
  settings: ({ OBJECT_PREFIX, RESTORE_WRITTEN_BY, ...values }) => ({
    prefix: OBJECT_PREFIX,
    writtenBy: RESTORE_WRITTEN_BY,
    layout: {
      template:
        values.RESTORE_TEMPLATE ?? (RESTORE_WRITTEN_BY === 'kafka-functions' ? values.OBJECT_KEY_TEMPLATE : undefined),
      fields: values.RESTORE_FIELDS,
      base64: values.RESTORE_BASE64,
      envelope: values.RESTORE_ENVELOPE,
    },
    recordRetentionMs: values.RECORD_RETENTION_DAYS,
  }),
})
