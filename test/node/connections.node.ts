import { expect } from 'aegir/chai'
import { Stage } from './fixtures/stage.ts'

describe('node: connections', function () {
  this.timeout(30_000)

  const stage = new Stage()

  afterEach(async () => {
    await stage.clear()
  })

  it('are pinged by several parts of a node at the same time', async () => {
    const [one, other] = await stage.nodes(2)
    const connection = await one.dial(other.getMultiaddrs())
    // as the connection monitor and the DHT do when they like
    await Promise.all(Array.from({ length: 3 }, async () => one.services.ping.ping(other.peerId)))

    expect(connection.status).to.equal('open')
  })
})
