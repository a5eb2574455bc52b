import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Processor time of this process, all of its threads. What was measured before leaves no garbage to what is measured next. */
export class ProcessorTime {
  readonly #before: NodeJS.CpuUsage

  constructor () {
    collect()
    this.#before = process.cpuUsage()
  }

  /** User and system, since it was made */
  get seconds (): number {
    const { user, system } = process.cpuUsage(this.#before)

    return (user + system) / 1e6
  }
}
