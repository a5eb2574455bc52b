import { MSSL } from '../simulations/demo/mssl-process.ts'
import { MeasuredProcess } from './measured-process.ts'
import type { MeasuredProcessInit } from './measured-process.ts'

export interface ServingInit extends MeasuredProcessInit {
  /** Another build of it */
  command?: string
}

/**
 * Runs `mssl serve` with these arguments, `--json` among them, in a home that has published the same before: to hash a file for
 * publication is not part of a download.
 */
export async function serveHashed (args: string[], { command = MSSL, ...init }: ServingInit = {}): Promise<{ provider: MeasuredProcess, link: string }> {
  const publisher = new MeasuredProcess(command, ['serve', ...args])
  await publisher.result()
  await publisher.stop()

  const provider = new MeasuredProcess(command, ['serve', ...args], init)
  const { link } = await provider.result()

  return { provider, link }
}
