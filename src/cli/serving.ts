/**
 * What a node that serves tells: who fetches what, and how fast.
 */
import { once } from 'node:events'
import { InterruptedError } from './exit-codes.ts'
import { growNurseryUnderLoad } from './heap.ts'
import { formatBytes, formatRate } from './parse.ts'
import { Progress } from './progress.ts'
import type { Context } from './context.ts'
import type { Mssl, RecipientInfo } from '../node/mssl.ts'
import type { CID } from 'multiformats/cid'

/** Milliseconds between two looks at what was sent; rates are those since the last one. */
const INTERVAL = 1_000

/** Recipients that are named in a line, the fastest first. */
const MAX_NAMED = 3

/**
 * Reports until the person interrupts.
 *
 * @throws {InterruptedError} always, with `farewell`
 */
export async function keepServing ({ output, signal }: Context, mssl: Mssl, farewell: string): Promise<never> {
  growNurseryUnderLoad()
  const names = new Map(mssl.list().map(({ id, name }) => [id.toString(), name]))
  const nameOf = (id: CID): string => names.get(id.toString()) ?? id.toString()
  const progress = new Progress(output)
  const ended = new AbortController()
  let before = new Map<string, number>()

  mssl.addEventListener('recipient:join', ({ detail: { peer, id } }) => {
    output.status({ event: 'recipient:join', peer: peer.toString(), id: id.toString() }, `${peer} fetches ${nameOf(id)}`)
  }, ended)
  mssl.addEventListener('recipient:leave', ({ detail: { peer, id, bytes } }) => {
    output.status({ event: 'recipient:leave', peer: peer.toString(), id: id.toString(), bytes }, `${peer} left with ${formatBytes(bytes)} of ${nameOf(id)}`)
  }, ended)

  const timer = setInterval(() => {
    const recipients = mssl.recipients().map(recipient => ({
      ...recipient,
      rate: Math.max(0, recipient.sent - (before.get(key(recipient)) ?? 0)) / INTERVAL * 1_000
    })).sort((a, b) => b.rate - a.rate)
    const rate = recipients.reduce((sum, recipient) => sum + recipient.rate, 0)
    before = new Map(recipients.map(recipient => [key(recipient), recipient.sent]))

    // a log is not to fill up with lines about nothing
    if (output.live || rate > 0) {
      const named = recipients.slice(0, MAX_NAMED).map(({ peer, id, rate }) => `…${peer.toString().slice(-6)} ${nameOf(id)} ${formatRate(rate)}`)

      progress.update({
        event: { event: 'serving', rate, recipients: recipients.map(({ peer, id, ...rest }) => ({ peer: peer.toString(), id: id.toString(), ...rest })) },
        text: [`${recipients.length} fetching, ${formatRate(rate)} up`, ...named].join(' · ')
      })
    }
  }, INTERVAL)

  try {
    if (!signal.aborted) {
      await once(signal, 'abort')
    }
  } finally {
    clearInterval(timer)
    ended.abort()
    progress.stop()
  }

  throw new InterruptedError(farewell)
}

function key ({ peer, id }: RecipientInfo): string {
  return `${peer} ${id}`
}
