import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const USAGE_HOOK = new URL('./usage-hook.js', import.meta.url).href

/** What the operating system counted for a process that ended. */
export interface Usage {
  /** Seconds of processor time, user and system */
  cpu: number
  /** What of it the thread took that JavaScript runs on */
  mainThread: number
  /** Peak resident memory, bytes */
  peakMemory: number
}

/**
 * A Node process whose results are lines of JSON on stdout and whose use of the machine is known after it ended.
 */
export class MeasuredProcess {
  readonly #child
  readonly #lines: AsyncIterator<string>
  readonly #usage: Promise<Usage>
  #complaint = ''
  #onEvent: (event: any) => void = () => {}

  /** `script` is a path below `dist`; `nodeArgs` are for Node itself. */
  constructor (script: string, args: string[], nodeArgs: string[] = []) {
    const path = fileURLToPath(new URL(`../${script}`, import.meta.url))
    this.#child = spawn(process.execPath, [...nodeArgs, '--import', USAGE_HOOK, path, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    this.#child.stderr?.on('data', data => { this.#complaint = String(data) })
    createInterface({ input: this.#child.stderr as NodeJS.ReadableStream }).on('line', line => {
      if (line.startsWith('{')) {
        this.#onEvent(JSON.parse(line))
      }
    })

    let text = ''
    this.#child.stdio[3]?.on('data', data => { text += String(data) })
    this.#usage = once(this.#child, 'close').then(() => {
      if (text === '') {
        throw new Error(`${script} ended without a report: ${this.#complaint}`)
      }

      return JSON.parse(text)
    })
    // read only when the end is asked for
    this.#usage.catch(() => {})
  }

  /** Lines of JSON on stderr, from now on. */
  onEvent (onEvent: (event: any) => void): void {
    this.#onEvent = onEvent
  }

  get pid (): number {
    return this.#child.pid ?? -1
  }

  /** The next line of results. */
  async result (): Promise<any> {
    const line = await this.#lines.next()

    if (line.done === true) {
      throw new Error(`a process ended early: ${this.#complaint}`)
    }

    return JSON.parse(line.value)
  }

  /** Waits for the process to end by itself. */
  async usage (): Promise<Usage> {
    return this.#usage
  }

  /** Asks the process to end, then waits. */
  async stop (): Promise<Usage> {
    this.#child.kill('SIGINT')
    return this.#usage
  }
}
