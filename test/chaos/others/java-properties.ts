import { writeFile } from 'node:fs/promises'

/** Saves a file of Java properties. A backslash begins an escape there. */
export async function saveProperties(file: string, values: Record<string, string>): Promise<void> {
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
  await writeFile(file, lines.join(''))
}
