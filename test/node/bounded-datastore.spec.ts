import { expect } from 'aegir/chai'
import { Key } from 'interface-datastore'
import { BoundedDatastore } from '../../src/node/bounded-datastore.ts'

describe('bounded datastore', () => {
  const key = (i: number): Key => new Key(`/dht/provider/${i}`)
  const keys = (store: BoundedDatastore): string[] => [...store.queryKeys({}) as Iterable<Key>].map(String)

  it('forgets what was not used for the longest time when there are too many entries', async () => {
    const store = new BoundedDatastore(3)

    for (let i = 0; i < 3; i++) {
      await store.put(key(i), Uint8Array.of(i))
    }

    await store.get(key(0))
    await store.put(key(3), Uint8Array.of(3))

    expect(keys(store)).to.have.members([0, 2, 3].map(i => key(i).toString()))
    expect(store.has(key(1))).to.equal(false)
    expect([...await store.get(key(0))]).to.deep.equal([0])
  })

  it('is bounded in bytes too, whatever a single value has', async () => {
    const store = new BoundedDatastore(100, 1000)

    for (let i = 0; i < 50; i++) {
      await store.put(key(i), new Uint8Array(100))
    }

    expect(keys(store)).to.have.lengthOf(10)
    await store.put(key(99), new Uint8Array(2000))
    expect(store.has(key(99))).to.equal(false)
    expect(keys(store).length).to.be.at.most(10)
  })

  it('counts what was written again or deleted once', async () => {
    const store = new BoundedDatastore(2)
    await store.put(key(0), Uint8Array.of(0))
    await store.put(key(0), Uint8Array.of(1))
    await store.put(key(1), Uint8Array.of(2))
    expect(keys(store)).to.have.lengthOf(2)
    await store.delete(key(0))
    await store.put(key(2), Uint8Array.of(3))
    expect(keys(store)).to.have.members([1, 2].map(i => key(i).toString()))
  })
})
