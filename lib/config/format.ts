import { z } from 'zod'
import type { DumpSettings } from '../dump.ts'
import type { CompressionName } from '../formats/compression.ts'
import { section } from './section.ts'
import { flag, variable } from './variable.ts'

const compressionNames = ['none', 'gzip', 'zstd'] as const satisfies CompressionName[]

/** What is in an object. */
export const formatSection = section({
  title: 'Format',
  prefix: '',
  variables: {
    COMPRESSION: variable(z.enum(compressionNames).default('gzip'), {
      description: 'Compression of each object; the key ends in .gz or .zst and Content-Encoding says so.',
      expected: `one of ${compressionNames.join(', ')}`,
    }),
    INCLUDE_HEADERS: variable(flag().default(false), {
      description: 'Whether each record carries its headers.',
      expected: 'true or false',
    }),
  },
  rules: [],
  settings: ({ COMPRESSION, INCLUDE_HEADERS }): DumpSettings => ({
    format: 'json',
    compression: COMPRESSION,
    includeHeaders: INCLUDE_HEADERS,
  }),
})
