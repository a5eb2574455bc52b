import { LRUCache } from 'lru-cache'
import { MAX_PEERS } from '../../protocols/block/index.ts'
import { MAX_ADDRESSES, MAX_MEMBERS } from './constants.ts'
import type { Libp2pEvents, Peer, PeerId, PeerStore } from '@libp2p/interface'
import type { TypedEventTarget } from 'main-event'
import type { CID } from 'multiformats/cid'

/** Objects whose members are remembered */
const MAX_OBJECTS = 4_096

/** Milliseconds after which a member that did not come back is introduced to nobody any more */
const MEMBER_TTL = 15 * 60_000

/** As the wire has it */
export interface Member {
  /** PeerId multihash */
  id: Uint8Array<ArrayBuffer>
  /** Binary multiaddrs */
  addresses: Array<Uint8Array<ArrayBuffer>>
}

export interface MembersComponents {
  peerStore: Pick<PeerStore, 'get'>
  events: TypedEventTarget<Libp2pEvents>
}

/**
 * Who was seen with a good ticket, object by object. They hold the object or soon will, so they are introduced to each
 * other.
 */
export class Members {
  readonly #peerStore: MembersComponents['peerStore']
  readonly #events: MembersComponents['events']
  readonly #objects = new LRUCache<string, LRUCache<string, Member>>({ max: MAX_OBJECTS })

  constructor ({ peerStore, events }: MembersComponents) {
    this.#peerStore = peerStore
    this.#events = events
    this.onPeerUpdate = this.onPeerUpdate.bind(this)
  }

  start (): void {
    this.#events.addEventListener('peer:update', this.onPeerUpdate)
  }

  stop (): void {
    this.#events.removeEventListener('peer:update', this.onPeerUpdate)
  }

  seen (object: CID, peer: PeerId): void {
    let members = this.#objects.get(object.toString())

    if (members == null) {
      members = new LRUCache({ max: MAX_MEMBERS, ttl: MEMBER_TTL })
      this.#objects.set(object.toString(), members)
    }

    const member: Member = members.get(peer.toString()) ?? { id: peer.toMultihash().bytes as Uint8Array<ArrayBuffer>, addresses: [] }
    members.set(peer.toString(), member)

    if (member.addresses.length === 0) {
      this.#peerStore.get(peer).then(known => { member.addresses = addressesOf(known) }, () => {
        // identify has not told yet, an event will
      })
    }
  }

  /** Some other members, with addresses to dial, for one of them. */
  others (object: CID, recipient: PeerId): Member[] {
    const members = this.#objects.get(object.toString())

    if (members == null) {
      return []
    }

    const self = recipient.toString()
    const others: Member[] = []
    // for every ticket: in half of the time that `entries()` takes, which makes a pair of each
    members.forEach((member, id) => {
      if (id !== self && member.addresses.length > 0) {
        others.push(member)
      }
    })

    // different ones for each, or all would crowd around the same few
    for (let i = 0; i < Math.min(MAX_PEERS, others.length); i++) {
      const j = i + Math.floor(Math.random() * (others.length - i))
      ;[others[i], others[j]] = [others[j], others[i]]
    }

    return others.slice(0, MAX_PEERS)
  }

  onPeerUpdate ({ detail: { peer } }: CustomEvent<{ peer: Peer }>): void {
    for (const members of this.#objects.values()) {
      const member = members.peek(peer.id.toString())

      if (member != null) {
        member.addresses = addressesOf(peer)
      }
    }
  }
}

function addressesOf ({ addresses }: Peer): Member['addresses'] {
  return addresses.slice(0, MAX_ADDRESSES).map(({ multiaddr }) => multiaddr.bytes as Uint8Array<ArrayBuffer>)
}
