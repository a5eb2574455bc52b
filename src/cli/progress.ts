/**
 * One way to show how far something is: a bar on a terminal, else a line every few seconds, else a line of JSON.
 */
import { printable } from './output.ts'
import type { Output, StatusEvent } from './output.ts'
import type { SingleBar } from 'cli-progress'

/** Milliseconds between two lines in a log that a person reads later. */
const LINE_INTERVAL = 5_000
/** Milliseconds between two lines for a program. */
const JSON_INTERVAL = 250

export interface ProgressState {
  event: StatusEvent
  text: string
  /** With `total`: what a bar shows */
  value?: number
  total?: number
}

export class Progress {
  readonly #output: Output
  readonly #interval: number
  #next: number
  #bar?: SingleBar

  constructor (output: Output) {
    this.#output = output
    this.#interval = output.json ? JSON_INTERVAL : LINE_INTERVAL
    // what is done before a person would begin to wonder needs no line
    this.#next = output.json ? 0 : Date.now() + LINE_INTERVAL
  }

  update ({ event, text, value, total }: ProgressState): void {
    if (this.#output.live) {
      this.#bar ??= this.#output.startLive(total == null ? '{text}' : '{bar} {percentage}%  {text}', total ?? 0)
      this.#bar.setTotal(total ?? 0)
      this.#bar.update(value ?? 0, { text: printable(text) })

      return
    }

    const now = Date.now()

    if (now >= this.#next) {
      this.#next = now + this.#interval
      this.#output.status(event, text)
    }
  }

  stop (): void {
    this.#bar = undefined
    this.#output.stopLive()
  }
}
