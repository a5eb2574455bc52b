import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'
import { BIN } from '../cli/run.ts'

/** As it was built, beside the command. */
const CRASH = resolve(BIN, '../../simulations/crash/main.js')

const KILLS = 25
const CLIENTS = 3

describe('simulations: crash', function () {
  this.timeout(240_000)

  it('ends with every block paid once and closed books, whoever is killed when', async () => {
    // prints the seed, and keeps all homes when it fails: then both are in the error's message
    const { stdout } = await promisify(execFile)(process.execPath, [CRASH, '--kills', String(KILLS), '--clients', String(CLIENTS), '--json'])
    const { killed, bought } = JSON.parse(stdout)

    expect(killed).to.be.at.least(KILLS)
    expect(bought).to.be.at.least(CLIENTS)
  })
})
