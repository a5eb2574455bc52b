import { MeasuredProcess } from './measured-process.ts'
import type { MeasuredProcessInit } from './measured-process.ts'

/**
 * Runs `mssl serve` with these arguments, `--json` among them, in a home that has published the same before: to hash a file for
 * publication is not part of a download.
 */
export async function serveHashed (args: string[], init?: MeasuredProcessInit): Promise<{ provider: MeasuredProcess, link: string }> {
  const publisher = new MeasuredProcess('src/cli/main.js', ['serve', ...args])
  await publisher.result()
  await publisher.stop()

  const provider = new MeasuredProcess('src/cli/main.js', ['serve', ...args], init)
  const { link } = await provider.result()

  return { provider, link }
}
