import { Ajv } from 'ajv'
import { connectorsSchema } from '../../local/connectors-schema.ts'

const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(connectorsSchema()))

/** What an editor with the schema marks in connectors; nothing if it accepts them. */
export function connectorsSchemaValidator(connectors: unknown): string[] {
  return validate(connectors)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
