/**
 * Options that several commands have.
 */
import { readFile } from 'node:fs/promises'
import { InvalidArgumentError, Option } from 'commander'
import { UsageError } from './exit-codes.ts'
import { parseInteger, parseSize } from './parse.ts'
import type { Link } from '../link/index.ts'
import type { NodeInit } from '../node/create-node.ts'
import type { Credentials } from '../node/mssl.ts'
import type { AbortOptions, PeerId } from '@libp2p/interface'
import type { Command } from 'commander'
import type { CID } from 'multiformats/cid'

export interface NetworkOptions {
  port?: number
  listen?: string[]
  announce?: string[]
  uploadLimit?: number
  uploadLimitPerPeer?: number
  ackWindow?: number
}

/** Where the node can be reached, and how much of the uplink it gives away. */
export function networkOptions (command: Command, defaultPort?: number): void {
  command
    .addOption(new Option('--port <number>', 'TCP port on all IPv4 addresses').argParser(parseInteger(0, 65_535)).default(defaultPort, defaultPort == null ? undefined : String(defaultPort)))
    .addOption(new Option('--listen <multiaddr>', 'listen here instead; can be repeated').argParser(collect))
    .addOption(new Option('--announce <multiaddr>', 'address to tell others, such as that of a router; can be repeated').argParser(collect))
    .option('--upload-limit <size>', 'bytes per second of blocks to all others together, such as 2MiB (default: unlimited)', parseRate)
    .option('--upload-limit-per-peer <size>', 'bytes per second of blocks to each of them (default: unlimited)', parseRate)
    .option('--ack-window <blocks>', 'mode proof and purchase: blocks sent ahead of their acknowledgements at most; 1 is one by one (default: 32 MiB of them)', parseInteger(1))
}

/** As `createNode` takes them. */
export function networkInit ({ port = 0, listen, announce, uploadLimit, uploadLimitPerPeer, ackWindow }: NetworkOptions): NodeInit {
  return { listen: listen ?? [`/ip4/0.0.0.0/tcp/${port}`], announce, uploadLimit, uploadLimitPerPeer, acknowledgementWindow: ackWindow }
}

function parseRate (text: string): number {
  const rate = parseSize(text.replace(/\/s$/, ''))

  if (rate === 0) {
    throw new InvalidArgumentError('A limit of nothing would serve nobody.')
  }

  return rate
}

export interface CredentialOptions {
  token?: string
  jwt?: string
}

/** What the server may ask for. */
export function credentialOptions (command: Command): void {
  command
    .option('--token <token>', 'access token from the server\'s operator; @file reads it from a file ($MSSL_TOKEN)')
    .option('--jwt <jwt>', 'JSON Web Token that the server trusts; @file reads it from a file ($MSSL_JWT)')
}

/**
 * Options win over the environment; secrets are kept out of messages.
 *
 * @throws {UsageError}
 */
export async function credentials (options: CredentialOptions): Promise<Credentials> {
  if (options.token != null && options.jwt != null) {
    throw new UsageError('give --token or --jwt, not both')
  }

  const named = options.token != null || options.jwt != null
  const { token, jwt } = named ? options : { token: process.env.MSSL_TOKEN, jwt: process.env.MSSL_JWT }

  if (token != null && token !== '') {
    return { token: await secret(token) }
  }

  return jwt != null && jwt !== '' ? { jwt: await secret(jwt) } : {}
}

/**
 * As it is written, or from `@file`.
 *
 * @throws {UsageError}
 */
export async function secret (value: string): Promise<string> {
  const text = value.startsWith('@') ? (await readFile(value.slice(1), 'utf8')).trim() : value

  if (text === '') {
    throw new UsageError(`there is no secret in ${value.slice(1)}`)
  }

  return text
}

/** A link to an object, not to a server as a whole. */
export type ObjectLink = Link & { object: CID }

/**
 * Reads a link, or asks the web domain that stands for one. Before a node is started for it: a mistyped link is told at
 * once.
 *
 * @throws {InvalidLinkError | WellKnownError}
 */
export async function parseAnyLink (text: string, options?: AbortOptions): Promise<Link> {
  const { parseLink, resolveWellKnown } = await import('../link/index.ts')

  return text.startsWith('https:') ? resolveWellKnown(text, options) : parseLink(text)
}

/**
 * The same, of a link that names an object.
 *
 * @throws {UsageError | InvalidLinkError | WellKnownError}
 */
export async function parseObjectLink (text: string, options?: AbortOptions): Promise<ObjectLink> {
  const { object, ...link } = await parseAnyLink(text, options)

  if (object == null) {
    throw new UsageError('this link names a server, not an object')
  }

  return { ...link, object }
}

/**
 * An object id as `mssl ls` prints it, or a link.
 *
 * @throws {UsageError | InvalidLinkError}
 */
export async function parseObject (text: string): Promise<CID> {
  if (text.startsWith('mssl:')) {
    return (await parseObjectLink(text)).object
  }

  const { CID } = await import('multiformats/cid')

  try {
    return CID.parse(text)
  } catch {
    throw new UsageError(`"${text}" is neither an object id nor a link; \`mssl ls\` shows the ids`)
  }
}

/**
 * @throws {UsageError}
 */
export async function parsePeer (text: string): Promise<PeerId> {
  const { peerIdFromString } = await import('@libp2p/peer-id')

  try {
    return peerIdFromString(text)
  } catch {
    throw new UsageError(`"${text}" is no PeerId; the client finds its own by \`mssl id\``)
  }
}

/** Collects an option that can be repeated; multiaddrs are checked when the node starts. */
function collect (value: string, values: string[] = []): string[] {
  if (!value.startsWith('/')) {
    throw new InvalidArgumentError('Addresses look like /ip4/203.0.113.7/tcp/4455.')
  }

  return [...values, value]
}
