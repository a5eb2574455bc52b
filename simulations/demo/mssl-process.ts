import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChildProcess } from 'node:child_process'

// the demo runs what a user runs: the built command, in a process of its own
const MSSL = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))

/** One line of JSON that the command printed. */
export type Line = Record<string, any>

export interface ProcessInit {
  home: string
  /** A line of results */
  onResult?(line: Line): void
  /** A line of progress */
  onEvent?(line: Line): void
}

/** A running `mssl` command with `--json`. */
export class MsslProcess {
  readonly #child: ChildProcess
  readonly #exit: Promise<number>
  readonly #results: Line[] = []
  readonly #waiting: Array<(line: Line) => void> = []
  #complaint = ''

  constructor (args: string[], init: ProcessInit) {
    this.#child = spawn(process.execPath, [MSSL, ...args, '--json', '--home', init.home], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#exit = once(this.#child, 'close').then(([code]) => code ?? -1)

    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', text => {
      const line = JSON.parse(text)
      init.onResult?.(line)
      const waiting = this.#waiting.shift()
      waiting == null ? this.#results.push(line) : waiting(line)
    })

    createInterface({ input: this.#child.stderr as NodeJS.ReadableStream }).on('line', text => {
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

  /** Ctrl-C, then waits. */
  async stop (): Promise<void> {
    this.#child.kill('SIGINT')
    await this.#exit
  }
}
