import { Access } from '../../src/server/index.ts'
import { Issuer } from '../../src/server/issuer.ts'
import { withHome } from '../behaviours/insides.ts'
import type { Member } from './member.ts'
import type { ServerEvent } from './scenario.ts'
import type { Swarm } from './swarm.ts'
import type { PeerId } from '@libp2p/interface'

/** Makes the event happen, from its time to its end. */
export async function happen (event: ServerEvent, server: Member, swarm: Swarm): Promise<void> {
  await swarm.at(event.at)

  switch (event.kind) {
    case 'outage':
      await server.die()
      await swarm.at(event.until)
      await server.start()
      await server.mssl.provide()
      break
    case 'revoke':
      await withAccess(server, access => { event.peers.forEach(name => { access.revoke(swarm.peerId(name), swarm.object.id) }) })
      break
    default:
      await withHome(server, async home => new Issuer(home, home.database()).rotate())
  }
}

/** Who may have what, said as another process of the operator's says it. */
export async function grant (server: Member, clients: PeerId[]): Promise<void> {
  await withAccess(server, access => { clients.forEach(client => { access.grant(client) }) })
}

async function withAccess (server: Member, use: (access: Access) => void): Promise<void> {
  await withHome(server, home => { use(new Access(home.database())) })
}
