import { InvalidParametersError } from '@libp2p/interface'
import { MAX_STATEMENT_MOVEMENTS } from '../../protocols/ticket/constants.ts'
import { GrantTable } from '../client/grants.ts'
import { Pins } from '../client/index.ts'
import { Mode } from '../object/index.ts'
import { openManifest, parseObjectId } from '../ticket/index.ts'
import { listSpent } from '../wallet/index.ts'
import type { AccountStatement, WalletInfo, WalletOptions } from './mssl.ts'
import type { Statement } from '../../protocols/ticket/index.ts'
import type { StoredGrant } from '../client/grants.ts'
import type { TicketKeeper } from '../client/index.ts'
import type { Home } from '../home/index.ts'
import type { Link } from '../link/index.ts'
import type { SpentCoins, Wallet } from '../wallet/index.ts'
import type { PeerStore, PeerId } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

interface WalletsComponents {
  keeper: Pick<TicketKeeper, 'grants' | 'statement'>
  pins: Pick<Pins, 'trusted'>
  wallet: Pick<Wallet, 'spent'>
  peerStore: Pick<PeerStore, 'merge'>
  peerId: PeerId
}

/** A server, as a link or the latest grant of it says where and who it is. */
type KnownServer = Pick<Link, 'server' | 'addresses' | 'fingerprint'>

/** What this home has noted itself. */
interface Notes {
  servers: KnownServer[]
  /** Of an object; empty: not known */
  objectName (object: CID): string
  spentAt (server: PeerId): WalletInfo['spent']
}

/**
 * What this home has with the servers that it has bought from, or may buy from; or with the one of a link.
 *
 * @throws {InvalidParametersError} when the link is one of this node itself, or the options say what cannot be
 */
export async function wallets (components: WalletsComponents, { link, ...options }: WalletOptions & { link?: Link }): Promise<WalletInfo[]> {
  const { keeper, peerId, wallet } = components
  const { before = 1, limit = 1 } = options

  if (!Number.isSafeInteger(before) || before < 1 || !Number.isSafeInteger(limit) || limit < 1 || limit > MAX_STATEMENT_MOVEMENTS) {
    throw new InvalidParametersError(`"before" is the id of a movement, "limit" 1 to ${MAX_STATEMENT_MOVEMENTS}`)
  }

  if (link?.server.equals(peerId) === true) {
    throw new InvalidParametersError('This node is the server of the link: its own money is in its bank')
  }

  const notes = await notesOf(keeper.grants(), wallet.spent(), link)

  return Promise.all(notes.servers.map(async known => ({
    ...await ask(known, notes, components, options),
    spent: notes.spentAt(known.server)
  })))
}

/** The same without asking anybody, so without statements: also while a node runs on the home. */
export async function notedWallets (home: Home, link?: Link): Promise<WalletInfo[]> {
  const { servers, spentAt } = await notesOf(new GrantTable(home.database()).list(), listSpent(home), link)
  const pins = await Pins.open(home)

  return servers.map(({ server, fingerprint }) => ({ server, name: nameOf(pins, fingerprint), spent: spentAt(server) }))
}

/** With a link, of its server only. */
async function notesOf (grants: StoredGrant[], spent: SpentCoins[], link?: Link): Promise<Notes> {
  const servers = new Map<string, KnownServer>()
  const objects = new Map<string, { name: string, server: PeerId }>()

  for (const { id, server, addresses, issuer: fingerprint, manifestEnvelope } of grants) {
    const { manifest: { mode, name } } = await openManifest(manifestEnvelope)

    if (mode === Mode.PURCHASE) {
      servers.set(server.toString(), { server, addresses, fingerprint })
      objects.set(id.toString(), { name, server })
    }
  }

  const objectName = (object: CID): string => objects.get(object.toString())?.name ?? ''

  return {
    servers: link == null ? [...servers.values()] : [link],
    objectName,
    spentAt: server => spent
      .filter(({ object }) => objects.get(object.toString())?.server.equals(server))
      .map(coins => ({ ...coins, name: objectName(coins.object) }))
  }
}

async function ask ({ server, addresses, fingerprint }: KnownServer, notes: Notes, { keeper, peerStore, pins }: WalletsComponents, { before, limit, ...options }: Omit<WalletOptions, 'link'>): Promise<Omit<WalletInfo, 'spent'>> {
  try {
    if (addresses.length > 0) {
      await peerStore.merge(server, { multiaddrs: addresses })
    }

    const statement = toStatement(await keeper.statement(server, fingerprint, { before, limit }, options), notes)

    return { server, name: nameOf(pins, fingerprint), statement }
  } catch (err: any) {
    options.signal?.throwIfAborted()

    return { server, name: nameOf(pins, fingerprint), error: err.message }
  }
}

/** Of a server, as its certificate has it. */
function nameOf (pins: Pick<Pins, 'trusted'>, fingerprint: Uint8Array): string {
  return pins.trusted(fingerprint)?.name ?? ''
}

function toStatement ({ books, movements, ...account }: Statement, { objectName }: Notes): AccountStatement {
  return {
    ...account,
    books: books.map(({ object: bytes, ...book }) => {
      const object = parseObjectId(bytes)

      return { ...book, object, name: objectName(object) }
    }),
    movements
  }
}
