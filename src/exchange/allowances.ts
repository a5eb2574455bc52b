import { toString } from 'uint8arrays/to-string'

/** Blocks that may be sent yet. */
export interface Allowance {
  left: number
}

/** With mode purchase: how much may still be had for each ticket serial, shared by all of its sessions. */
export class Allowances {
  readonly #acknowledged: (serial: Uint8Array) => number
  readonly #allowances = new Map<string, Allowance & { most: number, sessions: number }>()

  /** `acknowledged`: blocks that were acknowledged for a serial, in sessions that are over or not */
  constructor (acknowledged: (serial: Uint8Array) => number) {
    this.#acknowledged = acknowledged
  }

  /**
   * For one more session; `close` has to follow. `most`: blocks, over all sessions; a later ticket of the serial may be of more.
   *
   * @returns undefined: nothing is left
   */
  open (serial: Uint8Array, most: number): Allowance | undefined {
    const key = toString(serial, 'base16')
    // those of open sessions were counted as they were sent
    const allowance = this.#allowances.get(key) ?? { left: most - this.#acknowledged(serial), most, sessions: 0 }
    allowance.left += most - allowance.most
    allowance.most = most

    if (allowance.left > 0) {
      allowance.sessions++
      this.#allowances.set(key, allowance)

      return allowance
    }
  }

  close (serial: Uint8Array): void {
    const key = toString(serial, 'base16')
    const allowance = this.#allowances.get(key)

    if (allowance != null && --allowance.sessions === 0) {
      this.#allowances.delete(key)
    }
  }
}
