import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'

const USAGE_HOOK = new URL('./usage-hook.js', import.meta.url).href
const DIST = fileURLToPath(new URL('..', import.meta.url))
/** Debian's own, since its packages belong to it, whatever else is in the PATH */
const DEBIAN_PYTHON = '/usr/bin/python3'

export const PYTHON = existsSync(DEBIAN_PYTHON) ? DEBIAN_PYTHON : 'python3'

const running = new Set<ChildProcess>()
process.once('exit', () => { running.forEach(child => { child.kill() }) })

/** What the operating system counted for a process that ended. */
export interface Usage {
  /** Seconds of processor time, user and system */
  cpu: number
  /** What of it the thread took that JavaScript runs on; of Node alone */
  mainThread?: number
  /** Peak resident memory, bytes */
  peakMemory: number
}

export interface MeasuredProcessInit {
  /** Arguments for Node itself */
  nodeArgs?: string[]
  /** A command that runs another one, such as `ip netns exec name` */
  within?: string[]
}

/**
 * A process whose results are lines of JSON on stdout and whose use of the machine is known after it ended: of Node, or a
 * program in Python that reports on file descriptor 3 as the hook does.
 */
export class MeasuredProcess {
  /** When it was started, milliseconds since the epoch */
  readonly started = Date.now()
  readonly #child
  readonly #lines: AsyncIterator<string>
  readonly #usage: Promise<Usage>
  #complaint = ''
  #onEvent: (event: any) => void = () => {}

  /** `script` is a path below `dist`, or an absolute one. */
  constructor (script: string, args: string[], { nodeArgs = [], within = [] }: MeasuredProcessInit = {}) {
    const path = resolve(DIST, script)
    const run = extname(path) === '.py' ? [PYTHON, path] : [process.execPath, ...nodeArgs, '--import', USAGE_HOOK, path]
    const [command, ...rest] = [...within, ...run, ...args]
    this.#child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    running.add(this.#child)
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
      running.delete(this.#child)

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

  /** Ends it at once, whatever it is doing. */
  kill (): void {
    this.#child.kill('SIGKILL')
  }
}
