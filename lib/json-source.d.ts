/**
 * Access to the source text of JSON's numbers, which Node.js 24 provides and TypeScript's types lack. Source: ECMAScript
 * proposal "JSON.parse source text access".
 */
interface JSON {
  /** A number, string, boolean or null that `JSON.stringify` writes as this text. */
  rawJSON(text: string): object
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}
