/**
 * Certification by web domain: `https://domain/.well-known/mssl` lists the links of the server whose domain it is. What
 * the web's certificate authorities say about the domain is thereby said about the server's fingerprint.
 */
import { AbortError, InvalidParametersError } from '@libp2p/interface'
import { equals } from 'uint8arrays/equals'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { FINGERPRINT_LENGTH } from '../../protocols/ticket/constants.ts'
import { parseLink } from './link.ts'
import type { Link } from './link.ts'
import type { AbortOptions } from '@libp2p/interface'

const WELL_KNOWN_PATH = '/.well-known/mssl'
const VERSION = 1

/** Bytes of JSON: about 4000 links. A web server that sends more is not listened to */
const MAX_WELL_KNOWN_LENGTH = 1024 * 1024

/** Milliseconds */
const DEFAULT_TIMEOUT = 10_000

/** As a browser does, but each step has to be HTTPS */
const MAX_REDIRECTS = 5

/** The domain could not be asked, or its answer is not what the link's owner meant it to be. */
export class WellKnownError extends Error {
  static name = 'WellKnownError'
  name = 'WellKnownError'
}

export interface WellKnown {
  /** Of the server's issuer key, 32 bytes */
  fingerprint: Uint8Array
  objects: Array<{ name: string, link: string }>
}

export interface ResolveWellKnownOptions extends AbortOptions {
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch
}

/** What the operator puts at `/.well-known/mssl`. */
export function formatWellKnown (wellKnown: WellKnown): string {
  return JSON.stringify({
    version: VERSION,
    fingerprint: toString(wellKnown.fingerprint, 'hex'),
    objects: wellKnown.objects
  }, null, 2)
}

/**
 * @throws {WellKnownError}
 */
export function parseWellKnown (text: string): WellKnown {
  try {
    const { version, fingerprint: hex, objects } = JSON.parse(text)

    if (version !== VERSION) {
      throw new WellKnownError(`version ${version} is unknown`)
    }

    const fingerprint = fromString(String(hex), 'hex')

    if (fingerprint.byteLength !== FINGERPRINT_LENGTH || !Array.isArray(objects)) {
      throw new WellKnownError('fingerprint or objects are missing')
    }

    return {
      fingerprint,
      objects: objects.map(({ name, link }) => ({ name: String(name), link: String(link) }))
    }
  } catch (err: any) {
    throw new WellKnownError(`The domain's ${WELL_KNOWN_PATH} is not valid: ${err.message}`)
  }
}

/**
 * Finds the link that a web address stands for: `https://domain/name` is the object of that name; `https://domain` is
 * the only object that the domain lists.
 *
 * @throws {WellKnownError}
 * @throws {InvalidLinkError}
 * @throws {InvalidParametersError}
 */
export async function resolveWellKnown (url: string | URL, options: ResolveWellKnownOptions = {}): Promise<Link> {
  const { address, name } = parseAddress(url)

  if (address.protocol !== 'https:') {
    throw new InvalidParametersError('A web address has to begin with https:// to certify a server')
  }

  const { fingerprint, objects } = parseWellKnown(await fetchText(new URL(WELL_KNOWN_PATH, address), options))
  const found = name === '' || address.pathname === WELL_KNOWN_PATH ? objects : objects.filter(object => object.name === name)

  if (found.length !== 1) {
    const names = objects.slice(0, 10).map(object => object.name).join(', ')

    throw new WellKnownError(found.length === 0 ? `${address.host} lists no such object; it has: ${names}` : `${address.host} lists more than one: add a name to the address, such as ${names}`)
  }

  const link = parseLink(found[0].link)

  if (!equals(link.fingerprint, fingerprint)) {
    throw new WellKnownError(`${address.host} lists a link of another server than its own`)
  }

  return { ...link, domain: address.host }
}

/** @throws {InvalidParametersError} */
function parseAddress (url: string | URL): { address: URL, name: string } {
  try {
    const address = new URL(url)

    return { address, name: decodeURIComponent(address.pathname.slice(1)) }
  } catch {
    throw new InvalidParametersError(`"${url}" is not a web address`)
  }
}

async function fetchText (url: URL, options: ResolveWellKnownOptions): Promise<string> {
  const timeout = AbortSignal.timeout(DEFAULT_TIMEOUT)
  const signal = options.signal == null ? timeout : AbortSignal.any([options.signal, timeout])
  const request = options.fetch ?? globalThis.fetch

  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      // followed by hand: fetch itself would follow one to http as well
      const response = await request(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } })
      const location = response.headers.get('location')

      if (response.status >= 300 && response.status < 400 && location != null) {
        await response.body?.cancel()
        url = new URL(location, url)

        if (url.protocol !== 'https:') {
          throw new WellKnownError('it redirects to an address without https')
        }

        continue
      }

      if (!response.ok || response.body == null) {
        await response.body?.cancel()
        throw new WellKnownError(`it answers with status ${response.status}`)
      }

      return await readText(response.body)
    }

    throw new WellKnownError(`it redirects more than ${MAX_REDIRECTS} times`)
  } catch (err: any) {
    if (options.signal?.aborted === true) {
      throw new AbortError()
    }

    throw new WellKnownError(`${url.host} could not be asked for ${WELL_KNOWN_PATH}: ${err.cause?.message ?? err.message}`)
  }
}

async function readText (body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0

  for await (const chunk of body) {
    length += chunk.byteLength

    // leaving the loop cancels the rest
    if (length > MAX_WELL_KNOWN_LENGTH) {
      throw new WellKnownError(`it sends more than ${MAX_WELL_KNOWN_LENGTH} bytes`)
    }

    text += decoder.decode(chunk, { stream: true })
  }

  return text + decoder.decode()
}
