/**
 * The one place that writes to the terminal: results on stdout, everything else on stderr.
 *
 * With `--json` a result is one line of JSON on stdout, and a status is one line of JSON with an `event` on stderr.
 */
import { createRequire } from 'node:module'
import { pipeline } from 'node:stream/promises'
import { explain } from './exit-codes.ts'
import type { MultiBar, SingleBar } from 'cli-progress'

export interface OutputInit {
  json?: boolean
  quiet?: boolean
  verbose?: boolean
}

/** What happened, for programs. */
export type StatusEvent = { event: string } & Record<string, unknown>

/**
 * Names come from strangers. Control characters and the marks that turn the writing direction would let them rewrite
 * what a terminal shows.
 */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

export class Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  #bars?: MultiBar

  constructor (init: OutputInit = {}) {
    this.json = init.json ?? false
    this.quiet = init.quiet ?? false
    this.verbose = init.verbose ?? false
  }

  /** What the command was asked for. Nothing is written for an empty text. */
  result (data: unknown, text: string): void {
    if (this.json) {
      process.stdout.write(`${JSON.stringify(data)}\n`)
    } else if (text !== '') {
      process.stdout.write(`${printable(text)}\n`)
    }
  }

  /** A result of any length, which says itself what it is; not made faster than it is read. */
  async stream (text: Iterable<string>): Promise<void> {
    await pipeline(text, process.stdout, { end: false })
  }

  /** What happens meanwhile; `quiet` leaves it out. Nothing is written for an empty text. */
  status (data: StatusEvent, text: string): void {
    if (this.quiet) {
      return
    }

    if (this.json) {
      this.#stderr(JSON.stringify(data))
    } else if (text !== '') {
      this.#stderr(printable(text))
    }
  }

  /** What a person should know even if nothing else is to be said. */
  warning (text: string): void {
    this.#stderr(this.json ? JSON.stringify({ event: 'warning', message: text }) : `mssl: warning: ${printable(text)}`)
  }

  /** One line with the next step; the stack too if `verbose`. Returns the exit code. */
  error (err: Error): number {
    const { code, hint, message } = explain(err)

    this.stopLive()

    if (this.json) {
      this.#stderr(JSON.stringify({ event: 'error', name: err.name, message, hint, exitCode: code, stack: this.verbose ? stack(err) : undefined }))

      return code
    }

    this.#stderr(`mssl: ${printable(message.replaceAll('\n', ' '))}${hint == null ? '' : ` (${hint})`}`)

    if (this.verbose) {
      this.#stderr(printable(stack(err)))
    }

    return code
  }

  /** A person looks on, and can be shown a line that changes. */
  get live (): boolean {
    return process.stderr.isTTY && !this.json && !this.quiet
  }

  /** A person can be asked: what is read comes from a terminal, and what is asked is seen there. */
  get asks (): boolean {
    return process.stdin.isTTY && process.stderr.isTTY && !this.json
  }

  /**
   * A line from the terminal; empty at its end.
   *
   * @throws {Error} the signal's reason
   */
  async ask (question: string, signal: AbortSignal): Promise<string> {
    const { createInterface } = await import('node:readline/promises')
    this.stopLive()
    // without `terminal` Ctrl-C stays a signal
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false })

    try {
      return await Promise.race([
        lines.question(printable(question), { signal }),
        new Promise<string>(resolve => lines.once('close', () => { resolve('') }))
      ])
    } finally {
      lines.close()
    }
  }

  /** Starts a line that changes at the bottom of the terminal; other lines are written above it. */
  startLive (format: string, total: number): SingleBar {
    this.stopLive()
    // only who is looked at has to load it
    const { MultiBar } = createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress')
    this.#bars = new MultiBar({
      stream: process.stderr,
      format,
      barsize: 24,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      clearOnComplete: true,
      forceRedraw: true,
      emptyOnZero: true
    })

    return this.#bars.create(total, 0)
  }

  /** Removes the changing line and gives the terminal back as it was. */
  stopLive (): void {
    // what was logged since it was last drawn
    this.#bars?.update()
    this.#bars?.stop()
    this.#bars = undefined
  }

  #stderr (line: string): void {
    if (this.#bars == null) {
      process.stderr.write(`${line}\n`)
    } else {
      this.#bars.log(`${line}\n`)
    }
  }
}

export function printable (text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd')
}

/** What strangers say shall not look like lines of ours. */
export function oneLine (text: string): string {
  return text.replaceAll('\n', ' ')
}

/** Columns as wide as their widest cell. */
export function table (cells: string[][]): string {
  const rows = cells.map(row => row.map(oneLine))
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))

  return rows.map(row => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n')
}

/** Lines of `name: value`, names aligned; undefined values are left out. */
export function fields (values: Record<string, string | number | undefined>): string {
  const rows = Object.entries(values).filter(([, value]) => value != null)
  const width = Math.max(...rows.map(([name]) => name.length))

  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n').replace(/ +$/gm, '')
}

function stack (err: Error): string {
  const cause = err.cause instanceof Error ? `\ncaused by ${stack(err.cause)}` : ''

  return `${err.stack ?? err.message}${cause}`
}
