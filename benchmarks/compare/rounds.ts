import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MissingError } from './contender.ts'
import { publish, transfer } from './transfer.ts'
import type { Contender } from './contender.ts'
import type { Publication, Source, Transfer, TransferOptions } from './transfer.ts'

/** What became of each contender, in the order of the rounds; `undefined` where it failed. */
export type Rounds = Map<Contender, Array<Transfer | undefined>>

export interface RoundsOptions extends TransferOptions {
  folder: string
  /** What is going on */
  say (text: string): void
}

/** Contenders take turns, because a machine is not equally fast from one minute to the next. */
export async function rounds (contenders: Contender[], source: Source, runs: number, { folder, say, ...options }: RoundsOptions): Promise<Rounds> {
  const results: Rounds = new Map()
  const publications: Publication[] = []

  for (const contender of contenders) {
    try {
      publications.push(await publish(contender, source, folder, options.seederPlace.host))
      results.set(contender, [])
    } catch (err: any) {
      say(`${contender.name}: cannot publish: ${err.message}`)
    }
  }

  for (let i = 0; i < runs; i++) {
    for (const publication of publications) {
      const { contender } = publication
      const progress = `run ${i + 1} of ${runs}, ${contender.name}`

      try {
        // what the last one wrote is no burden for the next
        await promisify(execFile)('sync')
        const result = await transfer(publication, join(folder, `run-${i}-${contender.name}`), options)
        results.get(contender)?.push(result)
        say(`${progress}: ${(Math.max(...result.received.map(({ whole }) => whole)) / 1_000).toFixed(2)} s`)
      } catch (err: any) {
        results.get(contender)?.push(undefined)
        say(`${progress}: failed: ${err.message}`)
      }
    }
  }

  return results
}

/** Versions of those that can run here, and what the others lack. */
export async function available (contenders: Contender[]): Promise<{ versions: Map<Contender, string>, missing: Map<Contender, string> }> {
  const versions = new Map<Contender, string>()
  const missing = new Map<Contender, string>()

  for (const contender of contenders) {
    try {
      versions.set(contender, await contender.version())
    } catch (err: any) {
      if (!(err instanceof MissingError)) {
        throw err
      }

      missing.set(contender, err.message)
    }
  }

  return { versions, missing }
}
