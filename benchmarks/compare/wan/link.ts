import { MeasuredProcess } from '../../measured-process.ts'
import { here } from '../contender.ts'
import type { Place } from '../transfer.ts'

export interface LinkOptions {
  /** Milliseconds */
  roundTrip: number
  /** Of packets, each way: 0 to 1 */
  loss: number
  /** Bits per second, each way */
  rate: number
}

export interface Link {
  seeder: Place
  leecher: Place
  /** Who delays and drops: `netem`, or a program of ours */
  kind: string
  /** Takes it down. What it did, for people. */
  close (): Promise<string>
}

/** Two network namespaces that have nothing but a link to each other. Throws where that is not to be had, and says why. */
export async function openLink (options: LinkOptions): Promise<Link> {
  const process = new MeasuredProcess(here('wan/link.py'), [JSON.stringify(options)])
  const { error, kind, places: [seeder, leecher] = [] } = await process.result()

  if (error != null) {
    throw new Error(`no link: ${error}`)
  }

  return {
    kind,
    seeder,
    leecher,
    close: async () => {
      const { cpu } = await process.stop()
      const { carried, lost, overflowed } = await process.result()

      return `the link carried ${carried} packets, lost ${lost}, had no room for ${overflowed}, and took ${cpu.toFixed(1)} s of processor time`
    }
  }
}
