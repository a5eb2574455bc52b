/**
 * A market in which everybody dies again and again: a server that sells objects, and clients that buy them, sell them on and
 * claim what they earned. Each is a process that is killed and started again.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../demo/free-port.ts'
import { MsslProcess } from '../demo/mssl-process.ts'
import { hashFile, makeFile } from '../demo/source-file.ts'
import { shownTo } from './homes.ts'
import { Reaper } from './reaper.ts'
import type { Acknowledged } from './homes.ts'
import type { Deed } from './reaper.ts'
import type { Line, ProcessInit } from '../demo/mssl-process.ts'

const BLOCKS = 64
const BLOCK_SIZE = 64 * 1024
/** The last block is shorter, by so much */
const SIZE = BLOCKS * BLOCK_SIZE - 1
/** Of an object. The coins are not worth the same, so that it is seen which were paid */
const PRICE = 1_001
/** Worth of each coin: what a price to its end is above that to its beginning, both rounded down */
export const COINS = Array.from({ length: BLOCKS }, (_, i) => priceUpTo(Math.min(SIZE, (i + 1) * BLOCK_SIZE)) - priceUpTo(i * BLOCK_SIZE))

/** Bytes per second from each: an object takes a second or more, so that it is interrupted */
const UPLOAD_LIMIT = 64 * BLOCK_SIZE

/** Objects that a client pays in for at once, coins and bonds */
const OBJECTS_PER_DEPOSIT = 4
export const DEPOSIT = 2 * PRICE * OBJECTS_PER_DEPOSIT

/** Part of a client's lives in which it claims, and in which it only sells on, although there is something to be bought */
const CLAIMS = 0.2
const SALES = 0.15
/** Part of the server's lives in which it does nothing but claim what it served itself */
const OWN_CLAIMS = 0.1

/** Of an object: what a client gets at most before it dies */
const LARGEST_SHARE = 0.75

/** Milliseconds that a client waits for something to buy, and for a server to buy it from */
const STOCKING = 100
/** Part of the purchases that are tried although there is no server */
const IN_VAIN = 0.1

/** Part of the kills after which there is nothing new, and objects that somebody may be behind when there is: all has to be fetched in the end */
const CLEARANCE = 0.9
const MOST_BEHIND = 2

/** Milliseconds that the rest of the downloads may take when nobody dies any more */
const PATIENCE = 120_000

/** Milliseconds: longer than coins are redeemed */
const LATER = 8 * 24 * 3_600_000
/** How often the server dies while it closes the books, and up to when, of the time that its start takes */
const CLOSING_DEATHS = 4
const CLOSING_LIFE = 1.1

/** Exit code of who could not reach anybody. */
const UNREACHABLE = 6
/** … and of who was asked to stop */
const INTERRUPTED = 130

export interface Goods {
  path: string
  /** SHA-256, hex */
  hash: string
  link?: string
}

export interface Client {
  name: string
  home: string
  /** PeerId */
  peer: string
  port: number
  /** Objects that it has, from the first on; it has the coins for one more */
  have: number
  isBought: boolean
  /** Deposits that were confirmed */
  deposits: number
}

interface LifeInit {
  onResult? (line: Line): void
  onEvent? (line: Line): void
  /** By what it tells: it has done so much as it is to do */
  hasWorked? (line: Line): boolean
}

export interface MarketInit {
  folder: string
  clients: number
  kills: number
  /** Numbers in [0, 1) */
  random (): number
}

export class Market {
  readonly goods: Goods[] = []
  readonly clients: Client[] = []
  readonly reaper: Reaper
  readonly serverHome: string
  readonly #init: MarketInit
  readonly #processes = new Set<MsslProcess>()
  /** Nobody dies any more, and everybody has everything */
  readonly #sated = Promise.withResolvers<void>()
  #serverPort = 0
  #isServed = false
  #isOver = false

  constructor (init: MarketInit) {
    this.#init = init
    this.reaper = new Reaper(init.kills, init.random)
    this.serverHome = join(init.folder, 'server')
  }

  /** Where a client has an object. */
  copy ({ name }: Client, object: number): string {
    return join(this.#init.folder, `${name}-${object}.bin`)
  }

  /**
   * From the first object to closed books.
   *
   * @returns what the server was shown, before it closed them
   */
  async run (): Promise<Acknowledged[]> {
    this.#serverPort = await freePort()

    this.clients.push(...await Promise.all(Array.from({ length: this.#init.clients }, async (_, i) => {
      const name = `client-${i + 1}`
      const home = join(this.#init.folder, name)
      const { peer } = await this.ask(['id'], home)

      return { name, home, peer, port: await freePort(), have: 0, isBought: false, deposits: 0 }
    })))

    await this.#offer()
    await Promise.race([
      Promise.all([this.#sell(), ...this.clients.map(async client => this.#trade(client))]),
      this.reaper.done.then(async () => sleep(PATIENCE, undefined, { ref: false })).then(() => { throw new Error('the downloads did not end') })
    ])
    const start = await this.#claim()
    const shown = shownTo(this.serverHome, BLOCKS)
    await this.#close(start)

    return shown
  }

  /** Ends whatever runs. */
  async clear (): Promise<void> {
    this.#isOver = true
    await Promise.all([...this.#processes].map(async child => child.stop()))
  }

  /** The server's lives. In each it has one object more if a client has got all that there is, and none is far behind. */
  async #sell (): Promise<void> {
    while (!this.#isSated) {
      const behind = this.clients.map(({ have }) => this.goods.length - have)

      if (this.reaper.part < CLEARANCE && Math.min(...behind) === 0 && Math.max(...behind) <= MOST_BEHIND) {
        await this.#offer()
      }

      if (!this.reaper.isDone && this.#init.random() < OWN_CLAIMS) {
        await this.#live('claim', ['claim'], this.serverHome)
      }

      let n = 0
      await this.#live('serve', [...this.#serve(), ...this.#limit()], this.serverHome, {
        onResult: ({ link }) => {
          this.goods[n++].link = link
          this.#isServed = true
        }
      })
      this.#isServed = false
    }
  }

  async #offer (): Promise<void> {
    const number = this.goods.length
    const path = join(this.#init.folder, `object-${number}.bin`)
    await makeFile(path, SIZE, number + 1)
    this.goods.push({ path, hash: await hashFile(path) })
  }

  /** The lives of a client. */
  async #trade (client: Client): Promise<void> {
    while (!this.#isSated) {
      const link = this.goods[client.have]?.link
      const chance = this.reaper.isDone ? 1 : this.#init.random()

      if (client.have > 0 && chance < CLAIMS) {
        await this.#live('claim', ['claim'], client.home)
      } else if (client.have > 0 && (client.have === this.goods.length || chance < CLAIMS + SALES)) {
        await this.#live('share', ['share', ...this.#network(client)], client.home)
      } else if (link != null && (this.#isServed || client.isBought || this.#init.random() < IN_VAIN)) {
        await this.#pay(client)
        await this.#get(client, link)
      } else {
        await sleep(STOCKING)
      }
    }
  }

  /** Puts money into its account, until that is confirmed. */
  async #pay (client: Client): Promise<void> {
    while (client.deposits * OBJECTS_PER_DEPOSIT <= client.have) {
      const reference = `${client.name}-${client.deposits}`

      if (await this.#live('deposit', ['account', 'deposit', client.peer, String(DEPOSIT), '--reference', reference], this.serverHome) === 0) {
        client.deposits++
      }
    }
  }

  async #get (client: Client, link: string): Promise<void> {
    const number = client.have
    // in the end it does not wait for death
    const seed = this.reaper.isDone ? [] : ['--seed']
    const share = this.#init.random() * LARGEST_SHARE * BLOCKS * BLOCK_SIZE
    let begin: number | undefined

    await this.#live('get', ['get', link, '--yes', ...seed, '--out', this.copy(client, number), ...this.#network(client)], client.home, {
      onResult: () => {
        client.have = number + 1
        client.isBought = false
        this.#isSated && this.#sated.resolve()
      },
      onEvent: ({ event }) => { client.isBought ||= event === 'bought' },
      hasWorked: ({ event, have }) => {
        begin ??= have

        return event === 'done' || have - (begin ?? Infinity) >= share
      }
    })
  }

  /** Nobody dies any more, and all clients have all objects. */
  get #isSated (): boolean {
    return this.reaper.isDone && this.clients.every(({ have }) => have === this.goods.length)
  }

  #serve (): string[] {
    return [
      'serve', ...this.goods.map(({ path }) => path), '--mode', 'purchase', '--price', String(PRICE), '--block-size', String(BLOCK_SIZE),
      '--listen', `/ip4/127.0.0.1/tcp/${this.#serverPort}`
    ]
  }

  #network ({ port }: Client): string[] {
    // where others have seen it before
    return ['--listen', `/ip4/127.0.0.1/tcp/${port}`, ...this.#limit()]
  }

  /** In the end it may be quick. */
  #limit (): string[] {
    return this.reaper.isDone ? [] : ['--upload-limit', String(UPLOAD_LIMIT)]
  }

  /**
   * Everybody claims what is not settled yet; then the server, what it served itself.
   *
   * @returns milliseconds that the server took to start
   */
  async #claim (): Promise<number> {
    const begin = performance.now()
    const server = this.#start(this.#serve(), this.serverHome)
    await server.result()
    const start = performance.now() - begin
    await Promise.all(this.clients.map(async ({ home }) => this.#settle(home)))
    await server.stop()
    await this.#settle(this.serverHome)

    return start
  }

  async #settle (home: string): Promise<void> {
    const { failures, pending, verdicts } = await this.ask(['claim'], home)
    const refused = verdicts.filter(({ outcome }: Line) => outcome !== 'settled')

    if (failures.length > 0 || pending > 0 || refused.length > 0) {
      throw new Error(`not all claims of ${home} were settled: ${JSON.stringify({ failures, pending, refused })}`)
    }
  }

  /**
   * The time for claims passes, and the server closes the books; it dies while it does that, too.
   *
   * @param start - milliseconds that it takes to start
   */
  async #close (start: number): Promise<void> {
    for (let i = 0; i < CLOSING_DEATHS; i++) {
      const server = this.#start(this.#serve(), this.serverHome, { ahead: LATER })
      await sleep(this.#init.random() * CLOSING_LIFE * start)
      server.kill()
      await server.exit
    }

    const server = this.#start(this.#serve(), this.serverHome, { ahead: LATER })
    await server.result()
    // ends the round of the books that it began with
    await server.stop()
  }

  /**
   * Runs a command until it ends by itself, is killed, or has nothing to do any more.
   *
   * @returns its exit code, undefined if it was killed
   * @throws {Error} when it fails by what is nobody's death
   */
  async #live (deed: Deed, args: string[], home: string, { onResult, onEvent, hasWorked }: LifeInit = {}): Promise<number | undefined> {
    let tell = (line: Line): void => {}
    const child = this.#start(args, home, {
      onResult,
      onEvent: line => {
        onEvent?.(line)
        tell(line)
      }
    })
    tell = this.reaper.attend(child, deed, hasWorked)
    void (this.reaper.isDone ? this.#sated.promise : this.reaper.done).then(async () => child.stop())
    const code = await child.exit

    if (code != null && code !== 0 && code !== INTERRUPTED && code !== UNREACHABLE) {
      throw new Error(`mssl ${args[0]} of ${home} ended with code ${code}: ${child.complaint}`)
    }

    return code
  }

  /** The one line of results of a command that ends by itself. */
  async ask (args: string[], home: string): Promise<any> {
    const child = this.#start(args, home)
    const line = await child.result()
    await child.done()

    return line
  }

  #start (args: string[], home: string, init: Omit<ProcessInit, 'home'> = {}): MsslProcess {
    if (this.#isOver) {
      throw new Error('the market is over')
    }

    const child = new MsslProcess(args, { home, ...init })
    this.#processes.add(child)
    void child.exit.then(() => this.#processes.delete(child))

    return child
  }
}

function priceUpTo (byte: number): number {
  return Math.floor(PRICE * byte / SIZE)
}
