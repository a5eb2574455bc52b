/** The tables of limits in the specifications say what the constants say. */
import { readFileSync } from 'node:fs'
import { expect } from 'aegir/chai'
import * as ack from '../../protocols/ack/constants.ts'
import * as block from '../../protocols/block/constants.ts'
import * as ticket from '../../protocols/ticket/constants.ts'
import * as exchange from '../../src/exchange/constants.ts'
import * as swarm from '../../src/swarm/constants.ts'

/** The rows of the table that begins with a column "limit": its first two cells. */
function limits (path: string): Record<string, string> {
  const [, table] = /^\| limit \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(readFileSync(path, 'utf8')) ?? []

  return Object.fromEntries(table.trim().split('\n').map(row => row.split(/ ?\| ?/).slice(1, 3)))
}

const KiB = (bytes: number): string => `${bytes / 1024} KiB`
const MiB = (bytes: number): string => `${bytes / 1024 ** 2} MiB`
const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`
const power = (number: number): string => `2^${Math.log2(number)}`
const number = (number: number): string => number.toLocaleString('en-US')

/** Limits that are nobody else's business: as the source has them, `16 * 2 ** 20` or `2`. */
const JUDGE = Object.fromEntries([...readFileSync('src/judge/judge.ts', 'utf8').matchAll(/^const (MAX_\w+) = ([\d_]+)(?: \* 2 \*\* (\d+))?$/gm)].map(([, name, factor, exponent = '0']) => [name, Number(factor.replaceAll('_', '')) * 2 ** Number(exponent)]))

describe('documentation: limits', () => {
  it('of the block protocol', () => {
    expect(limits('protocols/block/README.md')).to.deep.equal({
      '* blocks of an object': power(block.MAX_BLOCKS),
      '* block': MiB(block.MAX_BLOCK_LENGTH),
      '* super-block': MiB(block.MAX_SUPER_BLOCK_LENGTH),
      '* first message of each direction': KiB(block.MAX_FIRST_MESSAGE_LENGTH),
      '* other messages': KiB(block.MAX_MESSAGE_LENGTH),
      '* certificate, ticket': KiB(block.MAX_ENVELOPE_LENGTH),
      '* requests, cancels, refusals per message': `${block.MAX_REQUESTS_PER_MESSAGE}`,
      '* numbers of `Have`': `${block.MAX_RANGE_NUMBERS}`,
      '* peers, addresses of each': `${block.MAX_PEERS}, 8`,
      '* reason': `${block.MAX_REASON_LENGTH} characters`,
      '* nonces': `${block.NONCE_LENGTH} bytes`,
      '* acknowledgement window': `1 to ${block.MAX_ACKNOWLEDGEMENT_WINDOW}`,
      window: `${MiB(block.WINDOW_BYTES)} of blocks, ${block.MIN_WINDOW} to ${block.MAX_WINDOW}`,
      opening: seconds(block.OPEN_TIMEOUT),
      'recipient reads nothing with data pending': seconds(block.STALL_TIMEOUT),
      'block in memory while other recipients wait for memory': `${seconds(block.CONTENDED_TIMEOUT)} + length / ${KiB(block.CONTENDED_RATE)}/s`,
      'provider silent with requests outstanding': seconds(block.SILENCE_TIMEOUT),
      'no message either way, nothing outstanding': `${block.IDLE_TIMEOUT / 60_000} min`,
      'close not answered': seconds(block.CLOSE_TIMEOUT),
      'on their way to all recipients': `${KiB(block.FIRST_FLIGHT)} at first, at least ${block.FLIGHT_BLOCKS} blocks`,
      'a block on its way that is not reported': `${seconds(block.FLIGHT_PATIENCE)} + 4 times what is usual, ${seconds(2 * block.FLIGHT_PATIENCE)} at first`,
      'read memory of a node': MiB(block.READ_BUDGET),
      'unused upload limit made good': `${block.UPLOAD_CREDIT} ms`,
      'recipients remembered by the upload queue': `${block.MAX_REMEMBERED_RECIPIENTS}`,
      'sessions per recipient, in all': `${block.MAX_SESSIONS_PER_PEER}, ${block.MAX_SESSIONS}`,
      'streams of one connection': `${block.MAX_INBOUND_STREAMS} in, ${block.MAX_OUTBOUND_STREAMS} out`
    })
  })

  it('of who fetches from whom', () => {
    const read = (path: string): string => readFileSync(path, 'utf8').replace(/\s+/g, ' ')

    expect(read('protocols/block/README.md')).to.include(`This implementation begins with ${swarm.FIRST_PROVIDERS} providers, tries one every ${swarm.PROVIDER_INTERVAL} ms up to ${swarm.CHOSEN_PROVIDERS} and one every ${seconds(swarm.LATE_PROVIDER_INTERVAL)} beyond, and one that fetches from it at once, up to ${swarm.MAX_PROVIDERS}; it turns recipients away beyond ${swarm.MAX_RECIPIENTS_MEANWHILE}`)
    expect(read('ARCHITECTURE.md'))
      .to.include(`asks ${swarm.FIRST_PROVIDERS} at once, one more every ${swarm.PROVIDER_INTERVAL} ms up to ${swarm.CHOSEN_PROVIDERS}, and one every ${seconds(swarm.LATE_PROVIDER_INTERVAL)} beyond`)
      .and.include(`turns away recipients beyond ${swarm.MAX_RECIPIENTS_MEANWHILE} `)
      .and.include(`| providers of a download | ${swarm.MAX_PROVIDERS} at once, ${number(swarm.MAX_CANDIDATES)} candidates |`)
      .and.include(`| recipients of an object while it is fetched | ${swarm.MAX_RECIPIENTS_MEANWHILE}, `)
  })

  it('of the ack protocol', () => {
    expect(limits('protocols/ack/README.md')).to.deep.equal({
      '* blocks of a session': number(ack.MAX_SESSION_BLOCKS),
      '* keys in an answer, acknowledgement window': `${ack.MAX_KEYS}`,
      '* claims in a message': `${ack.MAX_CLAIMS}`,
      '* acknowledgements unanswered': `${ack.MAX_UNANSWERED}`,
      '* `AckRequest` with an acknowledgement': `${ack.MAX_ACKNOWLEDGEMENT_LENGTH} bytes`,
      '* other `AckRequest`': MiB(ack.MAX_REQUEST_LENGTH),
      '* `AckResponse` with keys or verdicts': KiB(ack.MAX_ANSWER_LENGTH),
      '* `AckResponse` with a ruling': `${number(ack.MAX_RULING_LENGTH)} bytes`,
      '* ticket, list of blocks': `${ack.MAX_TICKET_LENGTH / 1024} KiB, ${number(ack.MAX_BLOCKS_LENGTH)} bytes`,
      '* reason': `${ack.MAX_REASON_LENGTH} characters`,
      'blocks of one recovery': `${MiB(JUDGE.MAX_RECOVERED_BYTES)}, or one block`,
      'recoveries, complaints and audits at once': `${JUDGE.MAX_RECOMPUTATIONS}`,
      'waiting for a server that is busy': seconds(exchange.RECOVERY_PATIENCE),
      'bytes behind a message that is being answered': KiB(ack.MAX_READ_AHEAD),
      'first message begun, request answered': seconds(ack.REQUEST_TIMEOUT),
      'message sent or read': `+ length / ${KiB(ack.MIN_RATE)}/s`,
      'keys, from the acknowledgement on': seconds(ack.KEYS_TIMEOUT),
      'exchange without a message': `${ack.IDLE_TIMEOUT / 60_000} min`,
      'close not answered': seconds(ack.CLOSE_TIMEOUT),
      'recoveries and complaints of one peer': `${ack.QUOTA_DISPUTES} in ${seconds(ack.QUOTA_INTERVAL)}`,
      'messages with claims of one peer': `${ack.QUOTA_CLAIMS} in ${seconds(ack.QUOTA_INTERVAL)}`,
      'peers whose quotas are remembered': number(ack.QUOTA_PEERS),
      'exchanges of one peer, in all': `${ack.MAX_EXCHANGES_PER_PEER}, ${number(ack.MAX_EXCHANGES)}`,
      'acknowledgements of one peer of sessions that are over': `${exchange.MAX_LATE} in ${seconds(ack.QUOTA_INTERVAL)}`,
      'conversations with a server, of one peer, in all': `${ack.MAX_JUDGED_PER_PEER}, ${ack.MAX_JUDGED}`,
      'messages to a server above 64 KiB at once, of one peer, in all': `${ack.MAX_JUDGED_PER_PEER}, ${ack.MAX_LARGE_MESSAGES}`,
      'audits of a conversation waiting for entries': `${ack.MAX_AUDITS}`,
      'streams of one connection': `${ack.MAX_INBOUND_STREAMS} in, ${ack.MAX_OUTBOUND_STREAMS} out`
    })
  })

  it('of the ticket protocol', () => {
    expect(limits('protocols/ticket/README.md')).to.deep.equal({
      request: KiB(ticket.MAX_REQUEST_LENGTH),
      credential: KiB(ticket.MAX_CREDENTIAL_LENGTH),
      response: `${number(ticket.MAX_RESPONSE_LENGTH)} bytes`,
      envelopes: '[see above](#signed-records)',
      hints: `${ticket.MAX_HINTS}, with ${ticket.MAX_HINT_ADDRESSES} addresses each`,
      address: `${ticket.MAX_ADDRESS_LENGTH} bytes`,
      'request, from opening to close': seconds(ticket.REQUEST_TIMEOUT),
      'requests of one peer': `${ticket.QUOTA_REQUESTS} in ${seconds(ticket.QUOTA_INTERVAL)}`,
      'requests answered at once': `${ticket.MAX_CONCURRENT}, of one peer ${ticket.MAX_CONCURRENT_PER_PEER}`,
      'streams of one connection': `${ticket.MAX_INBOUND_STREAMS} in, ${ticket.MAX_OUTBOUND_STREAMS} out`,
      'peers whose quota is remembered': number(ticket.QUOTA_PEERS),
      'ticket lifetime': `${ticket.MAX_TICKET_LIFETIME / 86_400_000} days; 1 h by default`,
      'revocation list': `${number(ticket.MAX_REVOCATIONS)} entries`
    })
  })

  it('of the signed records', () => {
    const text = readFileSync('protocols/ticket/README.md', 'utf8')
    const records = { certificate: ticket.CERTIFICATE, ticket: ticket.TICKET, manifest: ticket.MANIFEST, 'revocation list': ticket.REVOCATIONS }

    for (const [name, { domain, payloadType, maxLength }] of Object.entries(records)) {
      const size = maxLength < 1024 ** 2 ? KiB(maxLength) : MiB(maxLength)
      expect(text).to.include(`| ${name} | \`${domain}\` | \`${new TextDecoder().decode(payloadType)}\` | ${size} |`)
    }
  })
})
