import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { Home } from '../../src/home/home.ts'
import { Geometry } from '../../src/object/block-geometry.ts'
import { Encryption, encodeManifest, HashDelivery, Mode, objectId, parseManifest } from '../../src/object/manifest.ts'
import { Origin } from '../../src/server/origin.ts'
import { signManifest } from '../../src/ticket/manifest.ts'
import { key, peer } from '../ticket/fixtures.ts'
import type { Manifest } from '../../src/object/manifest.ts'
import type { OriginComponents, OriginInit, PublishedObject } from '../../src/server/origin.ts'

/** Homes of one test file; `clean` removes them. */
export class Homes {
  private readonly homes: Home[] = []
  private readonly folders: string[] = []

  async folder (): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'mssl-server-'))
    this.folders.push(folder)

    return folder
  }

  async open (folder?: string): Promise<Home> {
    const home = await Home.open(folder ?? await this.folder())
    this.homes.push(home)

    return home
  }

  async clean (): Promise<void> {
    this.homes.splice(0).forEach(home => { home.close() })
    await Promise.all(this.folders.splice(0).map(async folder => rm(folder, { recursive: true, force: true })))
  }
}

export async function published (name: string, mode = Mode.PLAIN, fields: Partial<Manifest> = {}): Promise<PublishedObject> {
  const payload = encodeManifest({
    size: 70_000,
    blockSize: 65_536,
    root: new Uint8Array(32).fill(7),
    hash: 0x12,
    encryption: Encryption.OBJECT_KEY,
    delivery: HashDelivery.PER_BLOCK,
    mode,
    name,
    files: [],
    ...fields
  })
  const manifest = parseManifest(payload)

  return {
    id: objectId(payload),
    manifest,
    geometry: new Geometry(manifest.size, manifest.blockSize),
    manifestEnvelope: await signManifest(payload, await key(1)),
    swarmSecret: new Uint8Array(32).fill(1),
    objectKey: new Uint8Array(32).fill(2)
  }
}

export async function createOrigin (home: Home, objects: PublishedObject[] = [], init: Partial<OriginInit> = {}, components: Partial<OriginComponents> = {}): Promise<Origin> {
  const self = await peer(2)

  return new Origin({
    home,
    database: home.database(),
    self,
    published: id => objects.find(object => object.id.equals(id)),
    addresses: () => [multiaddr(`/ip4/127.0.0.1/tcp/4455/p2p/${self}`)],
    logger: defaultLogger(),
    ...components
  }, { name: 'server', ...init })
}
