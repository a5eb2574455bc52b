/**
 * @packageDocumentation
 *
 * Outcomes of runs for people and for programs: one HTML file that needs nothing else, and the same as JSON beside it.
 *
 * @example
 *
 * ```typescript
 * import { writeReport } from './simulations/report/index.ts'
 *
 * await writeReport([outcome], 'out.html') // and out.json
 * ```
 */
import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { stringifyOutcomes } from './json.ts'
import { pageOf } from './page.ts'
import type { Outcome } from '../harness/outcome.ts'

export { parseOutcomes } from './json.ts'

const EXTENSION = /\.(html?|json)$/i

/** The two files of a report, by the path of one of them or without its extension. */
export function reportFiles (path: string): { html: string, json: string } {
  const stem = path.replace(EXTENSION, '')

  return { html: /\.html?$/i.test(path) ? path : `${stem}.html`, json: `${stem}.json` }
}

/**
 * Writes the report and the JSON beside it. Whoever reads them meanwhile sees the old ones or the new ones, whole.
 *
 * @param outcomes - runs, in the order in which they are shown
 * @param path - of the HTML file; `out.html` means `out.json` as well, see {@link reportFiles}
 * @throws {Error} of the file system
 */
export async function writeReport (outcomes: Outcome[], path: string): Promise<void> {
  const { html, json } = reportFiles(path)

  await replace(json, stringifyOutcomes(outcomes))
  await replace(html, pageOf(outcomes, basename(json)))
}

async function replace (path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`

  try {
    await writeFile(temporary, text, { flag: 'wx' })
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}
