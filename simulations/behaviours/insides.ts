/**
 * What a node keeps to itself: for those who misbehave with their own keys, tickets and files, and for whoever looks at it afterwards.
 */
import { GrantTable } from '../../src/client/grants.ts'
import { Home } from '../../src/home/index.ts'
import { parseLink } from '../../src/link/index.ts'
import type { StoredGrant } from '../../src/client/grants.ts'
import type { MsslComponents } from '../../src/node/service.ts'
import type { Libp2p } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

/** A node's folder with its keys and state. */
export interface Housed {
  home: string
}

/** What a libp2p node is made of: its key, and where protocols are put in the place of others. */
export function componentsOf (node: Libp2p<any>): MsslComponents {
  return (node as unknown as { components: MsslComponents }).components
}

/** A look into the home of a node that runs, as another process has. */
export async function withHome <T> ({ home: path }: Housed, look: (home: Home) => T | Promise<T>): Promise<T> {
  const home = await Home.open(path)

  try {
    return await look(home)
  } finally {
    home.close()
  }
}

/** What a node has of an object: the ticket, the secrets, the manifest. undefined: it never had a ticket. */
export async function grantOf (node: Housed, link: string): Promise<StoredGrant | undefined> {
  return withHome(node, home => new GrantTable(home.database()).get(parseLink(link).object as CID))
}
