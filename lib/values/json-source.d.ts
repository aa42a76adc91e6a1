/**
 * The text behind JSON's numbers, which Node.js 24 gives and TypeScript's types don't have yet. Source: ECMAScript proposal
 * "JSON.parse source text access".
 */
interface JSON {
  /** A number, string, boolean or null that `JSON.stringify` writes as this text. */
  rawJSON(text: string): object
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}
