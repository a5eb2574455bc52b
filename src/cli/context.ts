/**
 * What every command gets: where to write, when to stop, which home to use.
 */
import { Output } from './output.ts'
import type { Home } from '../home/index.ts'
import type { MsslNode, NodeInit } from '../node/create-node.ts'
import type { Mssl } from '../node/mssl.ts'
import type { Command } from 'commander'

const OFFENCES = {
  'false-entry': 'claimed credit or money for what it did not send',
  equivocation: 'signed two contradictory acknowledgements',
  'double-spend': 'spent the same coins with two providers'
}

export class Context {
  readonly #program: Command
  /** Aborted by Ctrl-C and SIGTERM */
  readonly signal: AbortSignal
  #output?: Output

  constructor (program: Command, signal: AbortSignal) {
    this.#program = program
    this.signal = signal
  }

  /** Made when first used: by then the options have been read. */
  get output (): Output {
    this.#output ??= new Output(this.#program.opts())

    return this.#output
  }

  /** Runs `use` with a node, which is stopped afterwards whatever happens. */
  async withNode <T> (init: NodeInit, use: (node: MsslNode) => Promise<T>): Promise<T> {
    if (this.output.verbose) {
      const { enable } = await import('@libp2p/logger')
      enable('mssl*')
    }

    const { createNode } = await import('../node/create-node.ts')
    const { quietLogger } = await import('../node/quiet-logger.ts')
    const node = await createNode({
      ...init,
      home: this.#program.opts().home,
      logger: this.output.verbose ? undefined : quietLogger()
    })

    this.#warn(node.services.mssl)

    try {
      this.signal.throwIfAborted()

      this.output.status({ event: 'listening', peer: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) }, '')

      return await use(node)
    } finally {
      await node.stop()
    }
  }

  /** What a person should know, whatever the command is. */
  #warn (mssl: Mssl): void {
    mssl.addEventListener('holding:changed', ({ detail: { reason } }) => { this.output.warning(reason) })
    mssl.addEventListener('peer:convicted', ({ detail: { peer, kind, evidence } }) => {
      this.output.warning(`${peer} ${OFFENCES[kind]}${evidence == null ? '' : `; the proof is in ${evidence}, see \`mssl audit\``}`)
    })
    mssl.addEventListener('server:conflict', ({ detail: { evidence } }) => {
      this.output.warning(`two nodes show certificates of one server that contradict each other; both are kept in ${evidence}`)
    })
  }

  /** Runs `use` with the home alone, which works while a node runs on it. */
  async withHome <T> (use: (home: Home) => Promise<T> | T): Promise<T> {
    const { Home } = await import('../home/index.ts')
    const home = await Home.open(this.#program.opts().home)

    try {
      return await use(home)
    } finally {
      home.close()
    }
  }
}
