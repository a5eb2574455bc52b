/**
 * Revocation lists: tickets that the server takes back before they end.
 */
import { MAX_REVOCATIONS, REVOCATIONS } from '../../protocols/ticket/constants.ts'
import { RevocationList as RevocationListRecord } from '../../protocols/ticket/pb/records.ts'
import { fingerprint } from './certificate.ts'
import { decodeRecord, InvalidRecordError, seal, unseal } from './envelope.ts'
import { parseObjectId, parsePeerId } from './fields.ts'
import type { Bytes } from './fields.ts'
import type { AbortOptions, PeerId, PrivateKey, PublicKey } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'

export interface Revocation {
  client: PeerId
  /** Absent: every object */
  object?: CID
  /** Tickets whose notBefore is at or before this time are void; milliseconds since the epoch */
  before: number
}

export interface RevocationList {
  /** Grows by one with each change */
  epoch: number
  /** Milliseconds since the epoch */
  issued: number
  entries: Revocation[]
  /** `before` by client and object, for the look-up */
  before: Map<string, number>
  /** Fingerprint of the key that signed it, 32 bytes */
  issuer: Uint8Array
  /** As received */
  envelope: Uint8Array
}

/**
 * @returns the envelope's bytes
 * @throws {InvalidRecordError} when there are more entries than receivers accept
 */
export async function signRevocations (list: { epoch: number, issued: number, entries: Revocation[] }, issuerKey: PrivateKey, options?: AbortOptions): Promise<Uint8Array> {
  if (list.entries.length > MAX_REVOCATIONS) {
    throw new InvalidRecordError(`A revocation list has at most ${MAX_REVOCATIONS} entries, not ${list.entries.length}`)
  }

  return seal(REVOCATIONS, RevocationListRecord.encode({
    epoch: list.epoch,
    issued: list.issued,
    entries: list.entries.map(({ client, object, before }) => ({
      client: client.toMultihash().bytes as Bytes,
      object: object?.bytes as Bytes | undefined,
      before
    }))
  }), issuerKey, options)
}

/**
 * @throws {InvalidRecordError} also when another key signed it
 */
export async function openRevocations (envelope: Uint8Array, options: AbortOptions & { issuer: PublicKey }): Promise<RevocationList> {
  const { payload, publicKey } = await unseal(REVOCATIONS, envelope, options)

  if (!publicKey.equals(options.issuer)) {
    throw new InvalidRecordError('The revocation list was signed by another server')
  }

  return decodeRecord(REVOCATIONS, () => {
    const record = RevocationListRecord.decode(payload)

    if (record.entries.length > MAX_REVOCATIONS) {
      throw new InvalidRecordError(`${record.entries.length} entries`)
    }

    const entries = record.entries.map(({ client, object, before }) => ({
      client: parsePeerId(client),
      object: object == null ? undefined : parseObjectId(object),
      before
    }))

    const before = new Map<string, number>()

    for (const entry of entries) {
      const key = lookupKey(entry.client, entry.object)
      before.set(key, Math.max(entry.before, before.get(key) ?? 0))
    }

    return { epoch: record.epoch, issued: record.issued, entries, before, issuer: fingerprint(publicKey), envelope }
  })
}

/** Whether a list voids a ticket. */
export function isRevoked (list: RevocationList, ticket: { client: PeerId, object: CID, notBefore: number }): boolean {
  return [undefined, ticket.object].some(object => {
    const before = list.before.get(lookupKey(ticket.client, object))

    return before != null && ticket.notBefore <= before
  })
}

function lookupKey (client: PeerId, object?: CID): string {
  return `${client}/${object ?? ''}`
}
