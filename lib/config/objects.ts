import { z } from 'zod'
import type { DumpSettings } from '../dump.ts'
import type { CompressionName } from '../formats/compression.ts'
import { section } from './section.ts'
import { flag, variable, wholeNumber } from './variable.ts'

const compressionNames = ['none', 'gzip', 'zstd'] as const satisfies CompressionName[]

export const objectsSection = section({
  title: 'Objects',
  prefix: '',
  variables: {
    OBJECT_PREFIX: variable(
      z
        .string()
        .transform(prefix => prefix.replace(/\/$/, ''))
        .pipe(z.string().regex(/^(?!\.{1,2}(\/|$))[^/]+(\/(?!\.{1,2}(\/|$))[^/]+)*$/))
        .default(''),
      {
        description: 'Folder in the bucket, levels separated by /.',
        expected: 'folder names separated by single slashes, none of them . or .., no slash at the start',
      },
    ),
    COMPRESSION: variable(z.enum(compressionNames).default('gzip'), {
      description: 'Compression of each object; the key ends in .gz or .zst and Content-Encoding says so.',
      expected: `one of ${compressionNames.join(', ')}`,
    }),
    INCLUDE_HEADERS: variable(flag().default(false), {
      description: 'Whether each record carries its headers.',
      expected: 'true or false',
    }),
    OFFSET_PAD_WIDTH: variable(wholeNumber(1, 20).default(10), {
      description: 'Digits to which offsets in object keys are padded with zeros.',
      expected: 'a whole number from 1 to 20',
    }),
  },
  rules: [],
  settings: ({ OBJECT_PREFIX, COMPRESSION, INCLUDE_HEADERS, OFFSET_PAD_WIDTH }): DumpSettings => ({
    format: 'json',
    compression: COMPRESSION,
    includeHeaders: INCLUDE_HEADERS,
    prefix: OBJECT_PREFIX,
    offsetPadWidth: OFFSET_PAD_WIDTH,
  }),
})
