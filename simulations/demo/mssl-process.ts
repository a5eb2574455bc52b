import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'

/** The built command, as users get it. */
export const MSSL = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const CLOCK_AHEAD = new URL('../clock-ahead.js', import.meta.url)

/** One line of JSON that the command printed. */
export type Line = Record<string, any>

export interface ProcessInit {
  home: string

  /**
   * Milliseconds that its clock is ahead of this one.
   *
   * @default 0
   */
  ahead?: number
  /** A line of results */
  onResult?(line: Line): void
  /** A line of progress */
  onEvent?(line: Line): void
}

/** A running `mssl` command with `--json`. */
export class MsslProcess {
  readonly #child: ChildProcess
  readonly #exit: Promise<number | undefined>
  readonly #results: Line[] = []
  readonly #waiting: Array<(line: Line) => void> = []
  #killed = false
  #complaint = ''

  constructor (args: string[], init: ProcessInit) {
    const clock = init.ahead == null ? [] : ['--import', `${CLOCK_AHEAD.href}?by=${init.ahead}`]
    this.#child = spawn(process.execPath, [...clock, MSSL, ...args, '--json', '--home', init.home], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#exit = once(this.#child, 'close').then(([code, signal]) => code ?? (this.#killed ? undefined : 128 + constants.signals[signal as NodeJS.Signals]))

    this.#lines(this.#child.stdout, text => {
      const line = JSON.parse(text)
      init.onResult?.(line)
      const waiting = this.#waiting.shift()
      waiting == null ? this.#results.push(line) : waiting(line)
    })

    this.#lines(this.#child.stderr, text => {
      if (!text.startsWith('{')) {
        this.#complaint = text
        return
      }

      const line = JSON.parse(text)

      if (line.event === 'error') {
        this.#complaint = line.message
      }

      init.onEvent?.(line)
    })
  }

  /** The next line of results; rejects when the process ends without one. */
  async result (): Promise<Line> {
    const line = this.#results.shift()

    if (line != null) {
      return line
    }

    return Promise.race([
      new Promise<Line>(resolve => { this.#waiting.push(resolve) }),
      this.#exit.then(code => { throw new Error(`mssl ended with code ${code}: ${this.#complaint}`) })
    ])
  }

  /** Waits for the process to end by itself; rejects when it reports a failure. */
  async done (): Promise<void> {
    const code = await this.#exit

    if (code !== 0) {
      throw new Error(`mssl ended with code ${code}: ${this.#complaint}`)
    }
  }

  /** The exit code as shells report it, when it has ended; undefined after {@link kill}. */
  get exit (): Promise<number | undefined> {
    return this.#exit
  }

  /** What it said last about a failure. */
  get complaint (): string {
    return this.#complaint
  }

  /** Ctrl-C, then waits. */
  async stop (): Promise<void> {
    this.#child.kill('SIGINT')
    await this.#exit
  }

  /** `kill -9`. False: it had ended already. */
  kill (): boolean {
    this.#killed = this.#child.exitCode == null && this.#child.signalCode == null && this.#child.kill('SIGKILL')

    return this.#killed
  }

  #lines (stream: NodeJS.ReadableStream | null, read: (text: string) => void): void {
    createInterface({ input: stream as NodeJS.ReadableStream }).on('line', text => {
      // the last one may not be whole
      if (!this.#killed) {
        read(text)
      }
    })
  }
}
