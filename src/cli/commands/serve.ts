import { access, constants, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { PAYMENTS_PATH } from '../../node/mssl.ts'
import { UsageError } from '../exit-codes.ts'
import { examples } from '../help.ts'
import { networkInit, networkOptions, secret } from '../options.ts'
import { formatBytes, formatCount, formatRate, parseDuration, parseFraction, parseHostPort, parseInteger, parsePercent, parsePrice, parseSize } from '../parse.ts'
import { Progress } from '../progress.ts'
import { keepServing } from '../serving.ts'
import type { CreditPolicy } from '../../ledger/index.ts'
import type { BankPolicy, HashName, Mssl, PaymentsInit, PublishOptions, Published, ServiceMode } from '../../node/mssl.ts'
import type { Policy } from '../../server/index.ts'
import type { Context } from '../context.ts'
import type { NetworkOptions } from '../options.ts'
import type { Command } from 'commander'

/** Where clients look for a server unless its link says otherwise; not a registered port. */
const DEFAULT_PORT = 4455

/** Milliseconds: the longest that a client waits until it claims again from a server that was away. With less, honest ones go unpaid. */
const LEAST_REDEMPTION = 3_600_000

interface ServeOptions extends NetworkOptions {
  name?: string
  auth?: 'open' | 'list' | 'token' | 'jwt'
  jwks?: string
  jwtIssuer?: string
  jwtAudience?: string
  jwtClaim?: string
  encryption: 'object-key' | 'none'
  hashes: 'per-block' | 'super-block'
  hash: HashName
  blockSize?: number
  mode?: ServiceMode
  price?: { amount: number, per?: number }
  unit?: string
  fee?: number
  bond?: number
  redemption?: number
  payments?: { host?: string, port: number }
  paymentsSecret?: string
  credit?: number
  discount?: number
  startingCredit?: number
  creditHalfLife?: number
  auditRate?: number
  ticketLifetime?: number
  wellKnown?: string
}

/** Options that say how to publish, which serving what was published earlier leaves as it is. */
const PUBLICATION = ['auth', 'encryption', 'hashes', 'hash', 'blockSize', 'mode', 'price']

export function serveCommand (program: Command, context: Context): void {
  const command = program.command('serve')
    .summary('publish files and serve them')
    .description('Publish files and folders and serve them until Ctrl-C. Prints one link per object: hand it out. Without a path, serves everything published earlier.')
    .argument('[path...]', 'files and folders')
    .option('--name <name>', 'name on the server\'s certificate (default: the host\'s name)')
    .addOption(new Option('--auth <policy>', 'who may fetch: everybody, those granted access, whoever has an access token or a JSON Web Token (default: open; as before for what was published before)').choices(['open', 'list', 'token', 'jwt']))
    .option('--jwks <file|url>', 'key set that JSON Web Tokens are signed with')
    .option('--jwt-issuer <issuer>', 'issuer that they must name')
    .option('--jwt-audience <audience>', 'audience that they must name')
    .option('--jwt-claim <claim>', 'claim that lists the objects they are for, by id or name; "*" is all (default: mssl)')
    .addOption(new Option('--encryption <encryption>', 'of what travels between clients').choices(['object-key', 'none']).default('object-key'))
    .addOption(new Option('--hashes <delivery>', 'hashes come with each block, or all at once').choices(['per-block', 'super-block']).default('per-block'))
    .addOption(new Option('--hash <function>', 'that blocks are verified with; blake3 is faster where its native module loads, and far slower where it does not').choices(['sha2-256', 'blake3']).default('sha2-256'))
    .option('--block-size <size>', 'power of two from 64KiB to 4MiB (default: by the size of the object)', parseSize)
    .addOption(new Option('--mode <mode>', 'how blocks change hands; proof: for signed acknowledgements, which count as credit; purchase: for money (default: plain; as before for what was published before)').choices(['plain', 'proof', 'purchase']))
    .option('--price <price>', 'mode purchase: what the whole object costs, such as 500, or so many bytes, such as 10/MiB; another price is another object with a link of its own (default: as before for what was published before)', parsePrice)
    .option('--unit <name>', 'mode purchase: what is counted, once and for all; kept, like the next three (default: coin)')
    .option('--fee <percent>', 'mode purchase: this server\'s part of what a client earns (default: 5%)', parsePercent(100))
    .option('--bond <percent>', 'mode purchase: what a client sets aside besides the price; it pays whom the client spends a coin with a second time (default: 100%)', parsePercent(1000))
    .option('--redemption <time>', 'mode purchase: how long coins are paid after a permission ended, at least 1h; then the rest goes back (default: 7d)', parseRedemption)
    .option('--payments <[host:]port>', `take signed messages of a payment provider here, by HTTP POST ${PAYMENTS_PATH} (default host: 127.0.0.1)`, parseHostPort)
    .option('--payments-secret <secret>', 'whsec_… that they are signed with; @file reads it from a file ($MSSL_PAYMENTS_SECRET)')
    .option('--credit <number>', 'mode proof: credit for each 64 KiB served; kept, like the next three (default: 4)', parseInteger(0))
    .option('--discount <number>', 'mode proof: credit for each 64 KiB fetched from other clients (default: 1)', parseInteger(0))
    .option('--starting-credit <number>', 'mode proof: credit of a client that is new (default: 1024)', parseInteger(0))
    .option('--credit-half-life <time>', 'mode proof: credit is worth half after this time, or never (default: 30d)', parseHalfLife)
    .option('--audit-rate <fraction>', 'mode proof: part of the claims that are audited without a reason, 0 to 1; for this run (default: 1/64)', parseFraction)
    .option('--ticket-lifetime <time>', 'how long a permission lasts before it is renewed (default: 1h)', parseDuration)
    .option('--well-known <file>', 'write the JSON that vouches for this server to a file, for https://<your host>/.well-known/mssl')

  networkOptions(command, DEFAULT_PORT)
  examples(command, [
    ['mssl serve ./holiday.mp4', 'to everybody who has the link'],
    ['mssl serve ./reports --auth token', 'to holders of a token, see `mssl token create`'],
    ['mssl serve ./film.mkv --auth jwt --jwks https://id.example.org/jwks.json --jwt-audience films', 'to whom the identity provider lets in'],
    ['mssl serve ./data.bin --mode proof --upload-limit 5MiB', 'who serves others comes first when the uplink is short'],
    ['mssl serve ./film.mkv --mode purchase --price 10/MiB --unit cent --payments 4456 --payments-secret @secret.txt', 'for money; what clients pay in comes by `mssl account deposit`, or from a payment provider'],
    ['mssl serve ./data.bin --port 4460 --announce /ip4/203.0.113.7/tcp/4460', 'behind a router'],
    ['mssl serve', 'everything published earlier, with the same links']
  ])

  command.action(async (paths: string[], options: ServeOptions) => {
    const { output, signal } = context
    const stray = paths.length === 0 ? PUBLICATION.find(name => command.getOptionValueSource(name) === 'cli') : undefined

    if (stray != null) {
      throw new UsageError(`--${stray.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)} says how to publish: give the path of a file or folder too`)
    }

    await checkPrice(paths, options, context)

    const policy = await policyOf(options)
    const init = {
      ...networkInit(options),
      name: options.name,
      ticketLifetime: options.ticketLifetime,
      credit: creditOf(options),
      bank: bankOf(options),
      payments: await paymentsOf(options),
      auditRate: options.auditRate
    }

    await context.withNode(init, async node => {
      const { mssl } = node.services
      const served: Served[] = []

      for (const path of paths) {
        served.push(await publish(mssl, path, context, {
          policy,
          blockSize: options.blockSize,
          encryption: options.encryption,
          delivery: options.hashes,
          hash: options.hash,
          mode: options.mode,
          price: options.price,
          signal
        }))
      }

      for (const earlier of paths.length === 0 ? mssl.list() : []) {
        if (earlier.role === 'origin') {
          for (const { id, name, size, mode, price, path } of await mssl.provide(earlier.id, { signal })) {
            served.push({ id, name, size, mode, price, path, link: await mssl.link(id) })
          }
        }
      }

      if (served.length === 0) {
        throw new UsageError('nothing that was published from this home can be served: give the path of a file or folder')
      }

      const { describePrice } = await import('../price.ts')

      for (const { id, price, ...rest } of served) {
        const costs = price == null ? undefined : describePrice(price, rest.size)

        output.result({ id: id.toString(), ...rest, price: costs?.data }, rest.link)

        if (costs != null) {
          output.status({ event: 'price', id: id.toString(), name: rest.name, ...costs.data }, `${rest.name} costs ${costs.text}`)
        }
      }

      if (options.wellKnown != null) {
        await writeFile(options.wellKnown, await wellKnown(served))
      }

      if (options.payments != null) {
        const { host = '127.0.0.1', port } = options.payments

        output.status({ event: 'payments', host, port }, `taking payments by POST http://${host.includes(':') ? `[${host}]` : host}:${port}${PAYMENTS_PATH}`)
      }

      output.status({ event: 'serving', rate: 0, recipients: [] }, `serving on ${node.getMultiaddrs().map(address => address.decapsulate('/p2p')).join(', ')}; Ctrl-C stops`)

      await keepServing(context, mssl, 'stopped serving; `mssl serve` goes on with the same links')
    })
  })
}

type Served = Pick<Published, 'id' | 'name' | 'size' | 'path' | 'link' | 'mode' | 'price'> & Partial<Published>

async function publish (mssl: Mssl, path: string, { output }: Context, options: PublishOptions): Promise<Served> {
  const progress = new Progress(output)
  const started = Date.now()

  try {
    const published = await mssl.publish(path, {
      ...options,
      onProgress: event => {
        if (event.type === 'mssl:publish:skipped') {
          output.status({ event: 'skipped', ...event.detail }, `skipped ${event.detail.path}: ${event.detail.reason}`)
        } else {
          const { bytes, total } = event.detail

          progress.update({
            event: { event: 'progress', path, bytes, total },
            text: `reading ${path}: ${formatBytes(bytes)} of ${formatBytes(total)}`,
            value: bytes,
            total
          })
        }
      }
    })

    const { id, name, size, mode, blockSize, blockCount, reused } = published

    progress.stop()
    output.status(
      { event: 'published', id: id.toString(), name, size, mode, blockSize, blockCount, reused },
      `${name}: ${formatBytes(size)}, ${formatCount(blockCount, 'block')} of ${formatBytes(blockSize)}, mode ${mode}${reused ? ', unchanged' : `, read at ${formatRate(size / Math.max(Date.now() - started, 1) * 1_000)}`}`
    )

    for (const earlier of mssl.list().filter(other => other.role === 'origin' && other.path === published.path && !other.id.equals(id))) {
      output.status(
        { event: 'earlier', id: earlier.id.toString(), name: earlier.name, mode: earlier.mode },
        `${name} was published before, on other terms: that object has a link of its own, which \`mssl serve\` without a path serves too, until \`mssl unpublish ${earlier.id}\``
      )
    }

    return published
  } finally {
    progress.stop()
  }
}

async function wellKnown (served: Served[]): Promise<string> {
  const { formatWellKnown, parseLink } = await import('../../link/index.ts')

  return formatWellKnown({
    fingerprint: parseLink(served[0].link).fingerprint,
    objects: served.map(({ name, link }) => ({ name, link }))
  })
}

/** What was said about credit; what was not stays as it was. */
function creditOf ({ credit, discount, startingCredit, creditHalfLife: halfLife }: ServeOptions): Partial<CreditPolicy> | undefined {
  return said({ credit, discount, startingCredit, halfLife })
}

function said <T extends object> (options: T): Partial<T> | undefined {
  const given = Object.entries(options).filter(([, value]) => value != null)

  return given.length === 0 ? undefined : Object.fromEntries(given) as Partial<T>
}

/** What was said about money; what was not stays as it was. */
function bankOf ({ unit, fee, bond, redemption }: ServeOptions): Partial<BankPolicy> | undefined {
  return said({ unit, fee, bond, redemption })
}

async function paymentsOf ({ payments, paymentsSecret }: ServeOptions): Promise<PaymentsInit | undefined> {
  if (payments == null) {
    if (paymentsSecret != null) {
      throw new UsageError('--payments-secret needs --payments: the port where messages are taken')
    }

    return
  }

  const value = paymentsSecret ?? process.env.MSSL_PAYMENTS_SECRET ?? ''

  if (value === '') {
    throw new UsageError('--payments needs --payments-secret: what the messages are signed with')
  }

  return { ...payments, secret: await secret(value) }
}

/**
 * A price goes with mode purchase, and the other way round; both may be those of what was published at a path before.
 *
 * @throws {UsageError} before anything is read or listened to
 */
async function checkPrice (paths: string[], { mode, price }: ServeOptions, context: Context): Promise<void> {
  if (price == null ? mode !== 'purchase' : mode === 'purchase') {
    return
  }

  if (mode != null && mode !== 'purchase') {
    throw new UsageError('--price needs --mode purchase')
  }

  const { HoldingStore } = await import('../../holding/index.ts')

  await context.withHome(home => {
    const sold = new Set(new HoldingStore(home).list().filter(({ role, mode }) => role === 'origin' && mode === 'purchase').map(({ path }) => path))
    const other = paths.find(path => !sold.has(resolve(path)))

    if (other != null) {
      throw new UsageError(price == null
        ? `--mode purchase needs --price: ${other} had none before`
        : `--price needs --mode purchase: ${other} was not for sale before`)
    }
  })
}

async function policyOf ({ auth, jwks, jwtIssuer, jwtAudience, jwtClaim }: ServeOptions): Promise<Policy | undefined> {
  if (auth !== 'jwt') {
    if ((jwks ?? jwtIssuer ?? jwtAudience ?? jwtClaim) != null) {
      throw new UsageError('--jwks and --jwt-… need --auth jwt')
    }

    return auth == null ? undefined : { kind: auth }
  }

  if (jwks == null) {
    throw new UsageError('--auth jwt needs --jwks: the file or URL of the key set that the tokens are signed with')
  }

  const isUrl = /^https?:/.test(jwks)

  if (!isUrl) {
    // better now than when the first client comes
    await access(jwks, constants.R_OK)
  }

  return { kind: 'jwt', jwks: isUrl ? jwks : resolve(jwks), issuer: jwtIssuer, audience: jwtAudience, claim: jwtClaim }
}

function parseRedemption (text: string): number {
  const value = parseDuration(text)

  if (value < LEAST_REDEMPTION) {
    throw new InvalidArgumentError('Coins have to be paid for 1h at least: a client that found this server away comes back within an hour.')
  }

  return value
}

function parseHalfLife (text: string): number {
  return text === 'never' ? 0 : parseDuration(text)
}
