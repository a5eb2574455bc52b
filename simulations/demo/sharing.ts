/**
 * Modes plain and proof: the clients get a file from the server and from each other; then the server is stopped, and one more
 * client, whose ticket was issued before, gets the file from its peers alone. In mode proof, when the server is back, everybody
 * claims what was acknowledged, and the books have to be right.
 */
import { freePort } from './free-port.ts'
import { booksTable, servedBlocks, settle } from './settlement.ts'
import { bytesFrom, compare, Fetching, human, LISTEN, say } from './stage.ts'
import type { Source, Stage } from './stage.ts'

export async function sharing (stage: Stage, source: Source, { peers, mode }: { peers: number, mode: 'plain' | 'proof' }): Promise<object> {
  const serve = ['serve', source.path, '--listen', `/ip4/127.0.0.1/tcp/${await freePort()}`, '--name', 'demo', '--mode', mode]
  const server = stage.start('server', serve)
  const { link, blockSize } = await server.result()
  say(`the server's link: ${link}\n`)

  const names = Array.from({ length: peers }, (_, i) => `client ${i + 1}`)
  const copies = names.map((_, i) => stage.path(`copy-${i + 1}`))
  const crowd = new Fetching(stage, source, new Map(names.map((name, i) => [name, ['get', link, '--seed', '--out', copies[i], ...LISTEN]])))
  const { results, seconds } = await crowd.results()

  // one more client asks for its ticket now and fetches when the server is gone
  await stage.ask('late', ['get', link, '--ticket-only', ...LISTEN])
  await server.stop()
  say('\nthe server is stopped; one more client, whose ticket was issued before, fetches from its peers')
  copies.push(stage.path('copy-late'))
  const late = new Fetching(stage, source, new Map([['late', ['get', link, '--out', stage.path('copy-late'), ...LISTEN]]]))
  const alone = await late.results()
  await late.clients[0].done()

  const identicalCopies = await compare(copies, source)
  const fromServer = bytesFrom(results, true)
  const fromPeers = bytesFrom(results, false)
  const summary = {
    seconds,
    bytesPerSecond: source.size * peers / seconds,
    serverCopies: source.size === 0 ? 0 : fromServer / source.size,
    shareFromPeers: fromPeers / Math.max(1, fromServer + fromPeers),
    withoutServer: { seconds: alone.seconds, fromServer: bytesFrom(alone.results, true) },
    identicalCopies
  }

  say(`
  ${peers} clients had the file after   ${seconds.toFixed(1)} s, ${human(summary.bytesPerSecond)}/s in all
  the server uploaded          ${summary.serverCopies.toFixed(2)} copies
  bytes that came from peers   ${(100 * summary.shareFromPeers).toFixed(1)} %
  without the server           ${alone.seconds.toFixed(1)} s for one more client
  copies equal to the source   ${identicalCopies} of ${copies.length} (SHA-256)`)

  if (summary.withoutServer.fromServer > 0) {
    throw new Error('the late client got bytes from a server that should have been gone')
  }

  for (const client of crowd.clients) {
    await client.stop()
  }

  if (mode === 'plain') {
    return summary
  }

  say('\nthe server is back; everybody claims what was acknowledged')
  const back = stage.start('server', serve)
  await back.result()
  const homes = new Map([...stage.names].map(([peer, name]) => [peer, stage.home(name)]))
  const books = await settle(homes, servedBlocks([...results, ...alone.results], blockSize), stage.home('server'))
  await back.stop()
  say(`\n${booksTable(books, stage.names)}`)

  if (!books.every(({ served, acknowledged, claimed, credited }) => served === acknowledged && served === claimed && served === credited)) {
    throw new Error('the books do not say what was served')
  }

  return { ...summary, books: books.map(({ peer, ...rest }) => ({ name: stage.names.get(peer), peer, ...rest })) }
}
