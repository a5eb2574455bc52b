/**
 * Changes a server's state as fast as it can and says what it has done; to be killed by `crash.node.ts`.
 */
import { writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Home } from '../../src/home/home.ts'
import { Access } from '../../src/server/access.ts'
import { Issuer } from '../../src/server/issuer.ts'
import { Tokens } from '../../src/server/tokens.ts'
import { peer } from '../ticket/fixtures.ts'

async function run (folder: string): Promise<void> {
  const home = await Home.open(folder)
  const tokens = new Tokens(home.database())
  const access = new Access(home.database())
  const issuer = new Issuer(home, home.database())
  const subject = { name: 'server', nodes: [await peer(2)], addresses: [] }
  let { certificate } = await issuer.identity(subject)

  for (let i = 0; ; i++) {
    const { id } = tokens.create({ name: `token ${i}` })
    const client = await peer(i % 200)
    access.revoke(client)

    if (certificate.epoch < 60 && i % 2 === 0) {
      certificate = (await issuer.rotate()).certificate
    }

    // at once, past any buffer of this process
    writeSync(1, `${JSON.stringify({ id, epoch: access.epoch(), rotations: certificate.epoch })}\n`)
  }
}

// and not when a test runner loads every file of the folder
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await run(process.argv[2])
}
