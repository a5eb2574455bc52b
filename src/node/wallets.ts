import { InvalidParametersError } from '@libp2p/interface'
import { MAX_STATEMENT_MOVEMENTS } from '../../protocols/ticket/constants.ts'
import { Mode } from '../object/index.ts'
import { openManifest, parseObjectId } from '../ticket/index.ts'
import type { AccountStatement, WalletInfo, WalletOptions } from './mssl.ts'
import type { Statement } from '../../protocols/ticket/index.ts'
import type { Pins, TicketKeeper } from '../client/index.ts'
import type { Link } from '../link/index.ts'
import type { Wallet } from '../wallet/index.ts'
import type { PeerId, PeerStore } from '@libp2p/interface'

interface WalletsComponents {
  keeper: Pick<TicketKeeper, 'grants' | 'statement'>
  pins: Pick<Pins, 'trusted'>
  wallet: Pick<Wallet, 'spent'>
  peerStore: Pick<PeerStore, 'merge'>
  peerId: PeerId
}

/** A server, as a link or the latest grant of it says where and who it is. */
type KnownServer = Pick<Link, 'server' | 'addresses' | 'fingerprint'>

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

  const grants = keeper.grants()
  const servers = link == null ? await sellers(keeper) : [{ server: link.server, addresses: link.addresses, fingerprint: link.fingerprint }]
  const spent = wallet.spent()

  return Promise.all(servers.map(async known => {
    const objects = new Set(grants.filter(({ server }) => server.equals(known.server)).map(({ id }) => id.toString()))

    return {
      ...await ask(known, components, options),
      spent: spent.filter(({ object }) => objects.has(object.toString()))
    }
  }))
}

/** One of each server that this home has had a ticket of mode purchase of. */
async function sellers (keeper: WalletsComponents['keeper']): Promise<KnownServer[]> {
  const found = new Map<string, KnownServer>()

  for (const { server, addresses, issuer: fingerprint, manifestEnvelope } of keeper.grants()) {
    const { manifest: { mode } } = await openManifest(manifestEnvelope)

    if (mode === Mode.PURCHASE) {
      found.set(server.toString(), { server, addresses, fingerprint })
    }
  }

  return [...found.values()]
}

async function ask ({ server, addresses, fingerprint }: KnownServer, { keeper, peerStore, pins }: WalletsComponents, { before, limit, ...options }: Omit<WalletOptions, 'link'>): Promise<Omit<WalletInfo, 'spent'>> {
  const name = (): string => pins.trusted(fingerprint)?.name ?? ''

  try {
    if (addresses.length > 0) {
      await peerStore.merge(server, { multiaddrs: addresses })
    }

    const statement = toStatement(await keeper.statement(server, fingerprint, { before, limit }, options))

    return { server, name: name(), statement }
  } catch (err: any) {
    options.signal?.throwIfAborted()

    return { server, name: name(), error: err.message }
  }
}

function toStatement ({ books, movements, ...account }: Statement): AccountStatement {
  return {
    ...account,
    books: books.map(({ object, ...book }) => ({ ...book, object: parseObjectId(object) })),
    movements
  }
}
