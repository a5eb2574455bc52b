import { Uint8ArrayList } from 'uint8arraylist'
import type { Pipe } from './pipe.ts'

/** Bytes that a sender's buffer takes before it says that it is full. */
export const SEND_BUFFER = 128 * 1024

/** What is at the two ends of a flow. */
export interface FlowEnds {
  /** The sender may give more */
  drained (): void
  /** Bytes have arrived. Returns false while the receiver takes none; they stay where they are then. */
  deliver (data: Uint8ArrayList): boolean
  /** All has arrived, and the sender has closed */
  ended (): void
}

/**
 * One direction of a connection. Bytes wait for the sender's uplink, are under way for a time, and wait for the receiver's
 * downlink. As with TCP, only so many are between the two ends as the receiver has a window for: whoever reads slowly is sent
 * slowly, and no queue in the network grows without end.
 */
export class Flow {
  readonly uplink: Pipe
  readonly downlink: Pipe
  /** Milliseconds from end to end */
  readonly delay: number
  /** Waits for the uplink */
  readonly unsent = new Uint8ArrayList()
  /** Waits for the downlink */
  readonly arrived = new Uint8ArrayList()
  /** Sent, and not delivered: bytes */
  #outstanding = 0
  readonly #window: number
  readonly #ends: FlowEnds
  readonly #onSent: (bytes: number) => void
  #isFull = false
  #isClosing = false
  #isOver = false

  constructor ({ uplink, downlink, delay, window, ends, onSent }: { uplink: Pipe, downlink: Pipe, delay: number, window: number, ends: FlowEnds, onSent (bytes: number): void }) {
    this.uplink = uplink
    this.downlink = downlink
    this.delay = delay
    this.#window = window
    this.#ends = ends
    this.#onSent = onSent
  }

  /** Takes all. Returns whether there is room for more. */
  send (data: Uint8ArrayList): boolean {
    this.unsent.append(data)
    this.uplink.add(this)
    this.#isFull = this.unsent.byteLength >= SEND_BUFFER

    return !this.#isFull
  }

  /** Nothing more is sent; what was sent arrives. */
  close (): void {
    this.#isClosing = true
    this.#endIfOver()
  }

  /** Nothing more arrives. */
  abandon (): void {
    this.#isOver = true
    this.unsent.consume(this.unsent.byteLength)
    this.arrived.consume(this.arrived.byteLength)
  }

  get isOver (): boolean {
    return this.#isOver
  }

  /** Bytes that the uplink may take now */
  get sendable (): number {
    return Math.min(this.unsent.byteLength, this.#window - this.#outstanding)
  }

  /** The uplink takes `bytes`. */
  take (bytes: number): Uint8ArrayList {
    const piece = this.unsent.sublist(0, bytes)
    this.unsent.consume(bytes)
    this.#outstanding += bytes
    this.#onSent(bytes)

    return piece
  }

  /** The sender hears that there is room again. */
  relieve (): void {
    if (this.#isFull && this.unsent.byteLength < SEND_BUFFER / 2) {
      this.#isFull = false
      this.#ends.drained()
    }
  }

  /** The downlink hands over up to `bytes`. Returns how many the receiver took. */
  deliver (bytes: number): number {
    const length = Math.min(bytes, this.arrived.byteLength)

    if (length === 0 || !this.#ends.deliver(this.arrived.sublist(0, length))) {
      return 0
    }

    // what was delivered may have ended the connection
    this.arrived.consume(Math.min(length, this.arrived.byteLength))
    this.#outstanding -= length

    if (this.unsent.byteLength > 0) {
      this.uplink.add(this)
    }

    this.#endIfOver()

    return length
  }

  #endIfOver (): void {
    if (this.#isClosing && !this.#isOver && this.#outstanding === 0 && this.unsent.byteLength === 0) {
      this.#isOver = true
      this.#ends.ended()
    }
  }
}
