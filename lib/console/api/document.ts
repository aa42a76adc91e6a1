import type * as z from 'zod'
import type { documents } from '../../connectors/commands/documents/index.ts'

/** What a command prints with `--json`; of a command that prints lines, one of them. */
export type DocumentOf<Name extends keyof typeof documents> = z.infer<(typeof documents)[Name]>
