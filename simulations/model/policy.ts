/**
 * What the nodes decide, as small functions that follow src/swarm, src/server and protocols/block: each says which. Times are milliseconds, rates bytes per second.
 * The classes `OfferBook`, `Flight` and `RequestWindow` of the library are used as they are.
 */
import { ALONE_AFTER, CHOSEN_PROVIDERS, DUPLICATE_AFTER, DUPLICATE_SEALED_AFTER, FIRST_BACKOFF, FIRST_PROVIDERS, LATE_PROVIDER_INTERVAL, MAX_BACKOFF, ORIGIN_GRACE, ORIGIN_PATIENCE, PROVIDER_INTERVAL } from '../../src/swarm/constants.ts'
import { SEND_BUFFER } from '../network/flow.ts'

/** Blocks of one session that have their turn and are not through: those that the stream has room for, and one that is read meanwhile (provider-session.ts). */
export function blocksAhead (blockSize: number): number {
  return Math.ceil(SEND_BUFFER / blockSize) + 1
}

/** Providers that a download asks by its own choice, so long after it began (download.ts, `#fill`). */
export function chosenPlaces (sinceBegin: number): number {
  return Math.min(CHOSEN_PROVIDERS, FIRST_PROVIDERS + Math.floor(sinceBegin / PROVIDER_INTERVAL)) + Math.floor(sinceBegin / LATE_PROVIDER_INTERVAL)
}

/** When a request goes out, if not all of the window is free (download.ts, `#pump`). */
export function isWorthAsking (outstanding: number, room: number, size: number): boolean {
  return room > 0 && (outstanding === 0 || room >= size / 4)
}

/** How long a block of the endgame is waited for (download.ts, `#choose`). */
export function duplicatePatience (isSealed: boolean, roundTrip: number, blockSize: number, rate: number): number {
  return Math.max(isSealed ? DUPLICATE_SEALED_AFTER : DUPLICATE_AFTER, 2 * (roundTrip + 1000 * blockSize / (rate || Infinity)))
}

/** Peers deliver, and about as fast as the origin (download.ts, `#peersSuffice`). */
export function peersSuffice (peersRate: number, originRate: number, sincePeerBlock: number): boolean {
  return sincePeerBlock < ORIGIN_GRACE && (peersRate === 0 || peersRate >= originRate / 2)
}

/** A provider tells those who wait for a turn so often, on average, that it is there (provider-session.ts, `#inspect`). */
const SIGN_OF_LIFE = 1_250

/**
 * How long nothing comes from a provider that owes blocks: the bytes of one that is on the uplink are a turn of the link apart; signs of life come at intervals, the first one after
 * the time of a message as well.
 */
export function silence (isSending: boolean, turn: number, message: number): number {
  return isSending ? turn : SIGN_OF_LIFE + message
}

/** What a client has seen of the swarm lately, times in milliseconds. */
export interface Prospects {
  /** There are others who may have blocks, now or within moments */
  others: boolean
  /** Since the session with the origin was opened; since a block was had, and the origin was asked for one; since a peer came by a block that none had, and how long that takes */
  sinceOpened: number
  waited: number
  sinceNews: number
  newsInterval: number
}

/** The swarm still gets blocks that it did not have (download.ts, `#isFed`). */
export function isFed ({ sinceNews, newsInterval }: Prospects): boolean {
  return sinceNews < Math.max(ORIGIN_GRACE, Math.min(4 * newsInterval, ORIGIN_PATIENCE))
}

/** May the origin be asked for what it did not offer (download.ts, `#mayAskOrigin`)? */
export function mayAskOrigin (prospects: Prospects): boolean {
  const { others, sinceOpened, waited } = prospects

  if (!others) {
    return sinceOpened > Math.min(ORIGIN_GRACE, ALONE_AFTER)
  }

  return waited > ORIGIN_GRACE && (waited > ORIGIN_PATIENCE || !isFed(prospects))
}

/** May it be asked for what nobody else has (download.ts, `#chooseAtOrigin`)? */
export function isStarving (idle: number, prospects: Prospects): boolean {
  return idle > ORIGIN_GRACE && !isFed(prospects)
}

/** How long a candidate that failed is left alone (candidates.ts, `failed`); `random` in [0, 1). */
export function backoff (failures: number, random: number): number {
  return Math.min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** failures) * (0.75 + random / 2)
}

/** Virtual time at which a turn starts (upload-queue.ts, start-time fair queueing). */
export function turnStart (arrival: number, finish: number): number {
  return Math.max(arrival, finish)
}
