import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { createCertificate } from '../../src/ticket/certificate.ts'
import type { CertificateInit } from '../../src/ticket/certificate.ts'
import type { Ed25519PrivateKey, PeerId } from '@libp2p/interface'

export const NOW = Date.UTC(2026, 0, 1)
export const HOUR = 3_600_000

export async function key (seed: number): Promise<Ed25519PrivateKey> {
  return generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(seed))
}

export async function peer (seed: number): Promise<PeerId> {
  return peerIdFromPrivateKey(await key(seed))
}

export function object (seed: number): CID {
  return CID.createV1(0x55, Digest.create(0x12, new Uint8Array(32).fill(seed)))
}

/** A certificate of the issuer key 1 for the node key 2. */
export async function certificate (init: Partial<CertificateInit> = {}, issuer = 1): Promise<Uint8Array> {
  const node = await peer(2)

  return createCertificate({
    name: 'server',
    nodes: [node],
    addresses: [multiaddr(`/ip4/127.0.0.1/tcp/4455/p2p/${node}`)],
    notBefore: NOW,
    notAfter: NOW + 24 * HOUR,
    ...init
  }, await key(issuer))
}
