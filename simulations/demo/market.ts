/**
 * Mode purchase: a small market. The server sells a file to a client and goes away; the others have bought their coins of it, and
 * come in two waves for the blocks, so that those who have them sell them on to those who come later. Then everybody claims, the time
 * for claims passes, and the books are closed: the balance sheet is final.
 */
import { balanceSheet, checkSheet, ledgerPayments, recipientPayments, sheetTable } from './balance-sheet.ts'
import { freePort } from './free-port.ts'
import { bytesFrom, compare, Fetching, LISTEN, say } from './stage.ts'
import type { Payments } from './balance-sheet.ts'
import type { Line, MsslProcess } from './mssl-process.ts'
import type { Source, Stage } from './stage.ts'

const UNIT = 'cent'
/** Of the whole file, whatever its size */
const PRICE = 1_000
/** As much as the price is set aside besides */
const DEPOSIT = 2_500

/** Milliseconds: a ticket lasts an hour, and coins are redeemed for 7 days after that, unless the operator says otherwise */
const LATER = 8 * 24 * 3_600_000

/** What the first can sell to fewer than two pays no more than the fee leaves of the price. */
const LEAST_CLIENTS = 3

export async function market (stage: Stage, source: Source, peers: number): Promise<object> {
  if (peers < LEAST_CLIENTS) {
    throw new Error(`a market takes ${LEAST_CLIENTS} clients at least`)
  }

  const clients = Array.from({ length: peers }, (_, i) => `client ${i + 1}`)
  const serve = ['serve', source.path, '--listen', `/ip4/127.0.0.1/tcp/${await freePort()}`, '--name', 'demo', '--mode', 'purchase', '--price', String(PRICE), '--unit', UNIT]
  let server = stage.start('server', serve)
  const { link } = await server.result()
  say(`the server's link: ${link}`)

  for (const client of clients) {
    const { peer } = await stage.ask(client, ['id'])
    await stage.ask('server', ['account', 'deposit', peer, String(DEPOSIT), '--reference', client.replace(' ', '-')])
  }

  say(`the file costs ${PRICE} ${UNIT}; each client has paid in ${DEPOSIT}`)

  const copies = clients.map((_, i) => stage.path(`copy-${i + 1}`))
  const results = new Map<string, Line>()
  const running: MsslProcess[] = []
  const begin = performance.now()

  for (const [n, wave] of waves(clients).entries()) {
    if (n === 1) {
      for (const client of clients.slice(1)) {
        const { name } = await stage.ask(client, ['get', link, '--yes', '--ticket-only', ...LISTEN])
        say(`${client} has bought the coins for ${name}`)
      }

      await server.stop()
      say('\nthe server is stopped: everybody knows without it what a coin is good for')
    }

    say(`\nwave ${n + 1}: ${wave.join(', ')}`)
    const crowd = new Fetching(stage, source, new Map(wave.map(name => [name, ['get', link, '--yes', '--seed', '--out', copies[clients.indexOf(name)], ...LISTEN]])))
    running.push(...crowd.clients)
    const fetched = await crowd.results()
    fetched.results.forEach((result, i) => { results.set(peerOf(stage, wave[i]), result) })
  }

  const seconds = (performance.now() - begin) / 1_000
  const identicalCopies = await compare(copies, source)
  say(`\nall ${identicalCopies} copies are equal to the source (SHA-256); the server is back, and everybody claims what was acknowledged`)
  server = stage.start('server', serve)
  await server.result()

  for (const client of running) {
    await client.stop()
  }

  for (const client of clients) {
    await stage.ask(client, ['claim'])
  }

  await server.stop()
  await stage.ask('server', ['claim'])
  server = stage.start('server', serve)
  await server.result()
  const statements = new Map<string, Line>()

  for (const client of clients) {
    const [{ statement }] = await stage.ask(client, ['wallet'])
    statements.set(peerOf(stage, client), statement)
  }

  await server.stop()
  say('8 days pass (the server\'s clock is put forward): no coin is redeemed any more, what is left in coin books goes back')
  server = stage.start('server', serve, { ahead: LATER })
  await server.result()
  // a server that stops finishes the round of its books that it began when it started
  await server.stop()

  const parties = ['server', ...clients].map(name => peerOf(stage, name))
  const books = {
    movements: await stage.ask('server', ['ledger', 'movements', '--money', '--limit', String(Number.MAX_SAFE_INTEGER)]),
    accounts: await stage.ask('server', ['ledger', 'balances', '--money'])
  }
  const entries = balanceSheet(books, parties)
  say(`\n${sheetTable(entries, stage.names)}\n`)
  checkSheet(entries)

  if (entries.some(({ coins, bond }) => coins !== 0 || bond !== 0)) {
    throw new Error('there is money left in coin books')
  }

  const { holds } = await stage.ask('server', ['ledger', 'check'])

  if (holds !== true) {
    throw new Error('the ledger does not hold')
  }

  expectSame(recipientPayments(results), ledgerPayments(books), stage.names)

  for (const { account, bought, earned, fee } of entries) {
    const statement = statements.get(account)

    if (statement != null && (statement.spent !== bought || statement.earned !== earned + fee)) {
      throw new Error(`the wallet of ${stage.names.get(account)} says that it spent ${statement.spent} and earned ${statement.earned}`)
    }
  }

  const winners = entries.filter(({ account, deposit, balance }) => account !== 'world' && deposit > 0 && balance > deposit)

  if (winners.length === 0) {
    throw new Error('nobody has more than at the beginning')
  }

  const [best] = winners.sort((a, b) => b.balance - a.balance)
  const all = [...results.values()]
  const shareFromPeers = bytesFrom(all, false) / Math.max(1, bytesFrom(all, false) + bytesFrom(all, true))
  say(`  ${stage.names.get(best.account)} paid in ${best.deposit}, bought the file for ${best.bought}, sold it on for ${best.earned}, and has ${best.balance} ${UNIT} now
  all balances together are 0, the ledger holds, and recipients say that they paid what the ledger says
  ${(100 * shareFromPeers).toFixed(1)} % of all bytes came from other clients; ${seconds.toFixed(1)} s from the first wave to the last copy`)

  return {
    seconds,
    identicalCopies,
    shareFromPeers,
    unit: UNIT,
    price: PRICE,
    sheet: entries.map(({ account, ...rest }) => ({ name: stage.names.get(account) ?? account, ...rest }))
  }
}

/** One, then a third of all, then the rest. */
function waves (clients: string[]): string[][] {
  const second = 1 + Math.floor(clients.length / 3)

  return [clients.slice(0, 1), clients.slice(1, second), clients.slice(second)]
}

function peerOf (stage: Stage, name: string): string {
  return [...stage.names].find(([, party]) => party === name)?.[0] ?? name
}

/**
 * @throws {Error} when recipients say something else than the ledger
 */
function expectSame (said: Payments, booked: Payments, names: Map<string, string>): void {
  for (const key of new Set([...said.keys(), ...booked.keys()])) {
    if (said.get(key) !== booked.get(key)) {
      const [client, provider] = key.split(' ').map(peer => names.get(peer) ?? peer)
      throw new Error(`${client} says that it paid ${said.get(key) ?? 0} to ${provider}, the ledger says ${booked.get(key) ?? 0}`)
    }
  }
}
