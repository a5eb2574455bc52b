/** The vectors, read and made again by code that was written from the specifications alone. */
import { readFileSync } from 'node:fs'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { Book } from './book.ts'
import { blockKey, Chains, checkDoubleSpending, decodeList, encodeList, escrowSecret, sealBlock, serialOf, sessionId } from './exchange.ts'
import { crypt, HASHES, Hashes, leafHash, pathOf, rootOf, sha256, treeLevels } from './object.ts'
import { bondOf, checkPrice, feeOf, worthOf } from './price.ts'
import { encode, field, Fields, prefixed, readVarint, signedField } from './protobuf.ts'
import { encodeRequest, readQuote, readRequest, readStatement } from './purchase.ts'
import { formatLink, objectId, openCertificate, openManifest, openRevocations, openTicket, parseLink, seal, signEd25519 } from './records.ts'
import type { RecordName } from './records.ts'

const read = (protocol: string, name = 'vectors'): any => JSON.parse(readFileSync(`protocols/${protocol}/${name}.json`, 'utf8'))
const bytes = (text: string): Buffer => Buffer.from(text, 'hex')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const peer = (text: string): Uint8Array => base58btc.decode(`z${text}`)
const object = (text: string): Uint8Array => base32.decode(text)

describe('conformance: vectors of signed records', () => {
  const vectors = read('ticket')
  const key = (name: string): { seed: Buffer, publicKey: Buffer } => ({ seed: bytes(vectors.keys[name].seed), publicKey: bytes(vectors.keys[name].publicKey) })
  const lineage = (name: string): Uint8Array[] => [bytes(vectors.keys[name].fingerprint)]
  const presented = ({ issuer, client, object: id, mode, now }: any): Parameters<typeof openTicket>[1] => ({ issuer: key(issuer).publicKey, client: peer(client), object: object(id), mode, now })

  /** The envelope follows from the payload, since Ed25519 signs without chance. */
  function seals (name: RecordName, { issuer, payload, envelope }: any, encoded: Uint8Array): void {
    expect(hex(encoded)).to.equal(payload)
    expect(hex(seal(name, encoded, key(issuer).seed, key(issuer).publicKey))).to.equal(envelope)
  }

  it('certificates', () => {
    for (const vector of vectors.certificates) {
      const { name, nodes, notBefore, notAfter, epoch, addresses, lineage } = openCertificate(bytes(vector.envelope), vector.now)
      expect({ notBefore, notAfter, epoch, addresses: addresses.map(address => multiaddr(address).toString()), fingerprints: lineage.map(hex) }).to.deep.equal({
        notBefore: vector.notBefore,
        notAfter: vector.notAfter,
        epoch: vector.epoch,
        addresses: vector.addresses,
        fingerprints: vector.fingerprints
      })

      const handOver = Buffer.concat([Buffer.from('mssl/rotation/1'), bytes('0000000000000001'), key('nextIssuer').publicKey])
      const rotations = epoch === 0 ? [] : [encode([1, key('issuer').publicKey], [2, signEd25519(key('issuer').seed, handOver)])]
      seals('certificate', vector, encode(
        [1, name], [2, key(vector.issuer).publicKey], ...nodes.map(node => [3, node] as [number, Uint8Array]),
        ...addresses.map(address => [4, address] as [number, Uint8Array]), [5, notBefore], [6, notAfter], [7, epoch], ...rotations.map(rotation => [8, rotation] as [number, Uint8Array])
      ))
    }
  })

  it('manifests', () => {
    for (const vector of vectors.manifests) {
      const { size, blockSize, root, hash, encrypted, superBlock, mode, price, name, files } = openManifest(bytes(vector.envelope), object(vector.object), lineage(vector.issuer))
      const fields = { size, blockSize, root: hex(root), hash, encryption: encrypted ? 'OBJECT_KEY' : 'NONE', delivery: superBlock ? 'SUPER_BLOCK' : 'PER_BLOCK', mode: ['PLAIN', 'PROOF', 'PURCHASE'][mode], name, files }
      expect(price == null ? fields : { ...fields, price }).to.deep.equal(vector.fields)

      seals('manifest', vector, Buffer.concat([
        encode([1, size], [2, blockSize], [3, root], [4, hash], [5, encrypted], [6, superBlock], [7, mode], [8, price == null ? undefined : encode([1, price.amount], [2, price.per], [3, price.unit])], [9, name]),
        ...files.map(file => field(10, encode([1, file.path], [2, file.size], [3, file.executable])))
      ]))
      expect(hex(objectId(bytes(vector.payload)))).to.equal(hex(object(vector.object)))
    }
  })

  it('tickets', () => {
    for (const vector of vectors.tickets) {
      const { serial, client, object, mode, notBefore, notAfter, standing, range, rate, book } = openTicket(bytes(vector.envelope), presented(vector))
      expect([hex(serial), mode, notBefore, notAfter, standing, range, rate, book])
        .to.deep.equal([vector.serial, vector.mode, vector.notBefore, vector.notAfter, vector.standing, vector.range, vector.rate, vector.book])

      seals('ticket', vector, encode(
        [1, serial], [2, client], [3, object], [4, mode], [5, notBefore], [6, notAfter], [7, standing], [8, range == null ? undefined : encode([1, range.first], [2, range.count])], [9, rate],
        [10, book == null ? undefined : encode([1, book.fee], [2, book.bond], [3, book.redeemUntil])]
      ))
    }
  })

  it('prices and bonds', () => {
    for (const { amount, per, size, blockSize, total, runs } of vectors.prices) {
      const price = { amount, per, unit: 'cent' }
      expect(worthOf(checkPrice(price, size), { size, blockSize }, 0, Math.ceil(size / blockSize))).to.equal(total)
      runs.forEach(({ first, count, worth }: any) => { expect(worthOf(price, { size, blockSize }, first, count)).to.equal(worth) })
    }

    for (const { price, rate, bond } of vectors.bonds) {
      expect(bondOf(price, rate)).to.equal(bond)
    }
  })

  it('requests', () => {
    for (const { name, message, encoded } of vectors.requests) {
      const { object: id, token, haveManifest, revocationEpoch, fingerprint, purchase, statement } = message
      const request = { object: id == null ? undefined : bytes(id), token, haveManifest, revocationEpoch, fingerprint: bytes(fingerprint), purchase, statement }
      expect(hex(encodeRequest(request)), name).to.equal(encoded)
      expect(readRequest(new Fields(bytes(encoded))), name).to.deep.equal(request)
    }
  })

  it('responses', () => {
    const STATUSES = ['OK', 'MALFORMED', 'CREDENTIAL_NEEDED', 'REFUSED', 'NOT_FOUND', 'WRONG_SERVER', 'BUSY', 'PAYMENT_NEEDED', 'MONEY_SHORT']
    const there = (number: number, message: Uint8Array | undefined): Uint8Array => message == null ? new Uint8Array(0) : field(number, message)

    for (const { name, message, encoded } of vectors.responses) {
      const { status, reason, retryAfter, certificate, manifest, ticket, revocations, secrets, quote, statement } = message
      const fields = new Fields(bytes(encoded))
      expect(fields.number(1), name).to.equal(STATUSES.indexOf(status.replace('TICKET_', '')))
      expect(fields.has(10) ? readQuote(new Fields(fields.bytes(10))) : undefined, name).to.deep.equal(quote)
      const read = fields.has(11) ? readStatement(new Fields(fields.bytes(11))) : undefined
      expect(read == null ? undefined : { ...read, books: read.books.map(book => ({ ...book, serial: hex(book.serial), object: hex(book.object) })) }, name).to.deep.equal(statement)

      expect(hex(Buffer.concat([
        encode([1, STATUSES.indexOf(status.replace('TICKET_', ''))], [2, reason], [3, retryAfter], [4, bytes(certificate)], [5, bytes(manifest)], [6, bytes(ticket)], [7, bytes(revocations)]),
        there(8, secrets == null ? undefined : encode([1, bytes(secrets.objectKey)], [2, bytes(secrets.swarmSecret)], [3, bytes(secrets.escrowSecret)])),
        there(10, quote == null ? undefined : encode([1, quote.price], [2, quote.bond], [3, quote.balance])),
        there(11, read == null
          ? undefined
          : Buffer.concat([
            encode([1, read.unit], [2, read.balance], [3, read.reserved], [4, read.earned], [5, read.spent]),
            ...read.books.map(({ serial, object, first, count, price, redeemed, bond, redeemUntil }) => field(6, encode([1, serial], [2, object], [3, first], [4, count], [5, price], [6, redeemed], [7, bond], [8, redeemUntil]))),
            ...read.movements.map(({ id, time, kind, amount, counterpart, memo }) => field(7, Buffer.concat([encode([1, id], [2, time], [3, kind]), signedField(4, amount), encode([5, counterpart], [6, memo])])))
          ]))
      ])), name).to.equal(encoded)
    }
  })

  it('revocation lists', () => {
    for (const vector of vectors.revocations) {
      const { epoch, issued, entries } = openRevocations(bytes(vector.envelope), key(vector.issuer).publicKey)
      const expected = vector.entries.map(({ client, object: id, before }: any) => ({ client: hex(peer(client)), object: id == null ? undefined : hex(object(id)), before }))
      expect(entries.map(({ client, object, before }) => ({ client: hex(client), object: object == null ? undefined : hex(object), before }))).to.deep.equal(expected)

      seals('revocations', vector, Buffer.concat([
        encode([1, epoch], [2, issued]),
        ...entries.map(({ client, object, before }) => field(3, encode([1, client], [2, object], [3, before])))
      ]))
    }
  })

  it('links', () => {
    for (const vector of vectors.links) {
      const link = parseLink(vector.link)
      const addresses = link.addresses.map(address => `${multiaddr(address)}/p2p/${vector.server}`)
      expect({ fingerprint: hex(link.fingerprint), addresses, name: link.name }).to.deep.equal({ fingerprint: vector.fingerprint, addresses: vector.addresses, name: vector.name })
      expect(hex(link.server)).to.equal(hex(peer(vector.server)))
      expect(hex(link.object ?? new Uint8Array(0))).to.equal(vector.object == null ? '' : hex(object(vector.object)))
      expect(formatLink(link)).to.equal(vector.link)
    }

    const { version, fingerprint, objects } = JSON.parse(vectors.wellKnown)
    expect(version).to.equal(1)
    objects.forEach(({ name, link }: any) => { expect([hex(parseLink(link).fingerprint), parseLink(link).name]).to.deep.equal([fingerprint, name]) })
  })

  it('what has to be refused', () => {
    const { certificates, tickets, manifests, revocations, prices, requests, responses, links } = vectors.invalid
    const refused: Array<[any, () => unknown]> = [
      ...certificates.map((vector: any) => [vector, () => openCertificate(bytes(vector.envelope), vector.now)]),
      ...tickets.map((vector: any) => [vector, () => openTicket(bytes(vector.envelope), presented(vector))]),
      ...manifests.map((vector: any) => [vector, () => openManifest(bytes(vector.envelope), object(vector.object), lineage(vector.issuer))]),
      ...revocations.map((vector: any) => [vector, () => openRevocations(bytes(vector.envelope), key(vector.issuer).publicKey)]),
      ...prices.map((vector: any) => [vector, () => checkPrice(vector, vector.size)]),
      ...requests.map((vector: any) => [vector, () => readRequest(new Fields(bytes(vector.encoded)))]),
      ...responses.map((vector: any) => [vector, () => {
        const fields = new Fields(bytes(vector.encoded))
        readQuote(new Fields(fields.bytes(10)))
        readStatement(new Fields(fields.bytes(11)))
      }]),
      ...links.map((vector: any) => [vector, () => parseLink(vector.link)])
    ]

    for (const [{ reason, code }, open] of refused) {
      // where others have to be told why, the word is part of the specification
      expect(open, reason).to.throw(code == null || code === 'invalid' ? undefined : code)
    }
  })
})

describe('conformance: vectors of blocks', () => {
  const { merkle, cipher } = read('block')

  it('trees', () => {
    for (const { hash: code, blockCount, leaves, root, paths, lastPathByLevels } of merkle) {
      const hash = HASHES[code]
      const blocks = Array.from({ length: blockCount }, (_, i) => new Uint8Array(i).fill(i))
      const levels = treeLevels(blocks.map(block => leafHash(block, hash)), hash)
      expect(levels[0].map(hex)).to.deep.equal(leaves)
      expect(hex(rootOf(levels[0], hash))).to.equal(root)
      expect(blocks.map((_, i) => hex(pathOf(levels, i, 20)))).to.deep.equal(paths)
      expect(lastPathByLevels.map((_: string, count: number) => hex(pathOf(levels, blockCount - 1, count)))).to.deep.equal(lastPathByLevels)

      for (const [index, path] of paths.entries()) {
        expect(new Hashes(blockCount, bytes(root), hash).verify(index, blocks[index], bytes(path), levels.length - 1)).to.be.true()
        expect(new Hashes(blockCount, bytes(root), hash).verify(index, Uint8Array.of(0), bytes(path), levels.length - 1)).to.be.false()
      }
    }
  })

  it('published form', () => {
    for (const { key, index, plain, published } of cipher) {
      expect(hex(crypt(bytes(plain), index, bytes(key)))).to.equal(published)
    }
  })
})

describe('conformance: vectors of messages', () => {
  const { recipient, provider } = read('block', 'wire-vectors')
  const STATUSES = ['OK', 'MALFORMED', 'NOT_FOUND', 'TICKET_INVALID', 'TICKET_EXPIRED', 'TICKET_REVOKED', 'SERVER_CONFLICT', 'MODE_UNSUPPORTED', 'LIMIT_EXCEEDED', 'BUSY', 'STOPPING', 'UNACKNOWLEDGED']
  const status = (name: string): number => STATUSES.indexOf(name.replace('BLOCK_', ''))
  const many = (number: number, values: Array<number | Uint8Array> = []): Uint8Array => Buffer.concat(values.map(value => field(number, value)))
  const encoders: Record<string, [number: number, encode: (message: any) => Uint8Array]> = {
    'recipient open': [1, ({ object, certificate, ticket, have, nonce }) => encode([1, bytes(object)], [2, bytes(certificate)], [3, bytes(ticket)], [4, bytes(have)], [10, nonce == null ? undefined : bytes(nonce)])],
    'recipient request': [2, ({ blocks, superBlock }) => Buffer.concat([many(1, blocks.map(({ index, levels }: any) => encode([1, index], [2, levels]))), encode([2, superBlock])])],
    'recipient cancel': [3, ({ blocks }) => many(1, blocks)],
    'recipient have': [4, ({ ranges }) => many(1, ranges)],
    'recipient renew': [5, ({ ticket }) => encode([1, bytes(ticket)])],
    'provider opened': [1, message => Buffer.concat([
      encode([1, status(message.status)], [2, message.reason], [3, ['SOME', 'ALL', 'OFFERS'].indexOf(message.availability)], [4, bytes(message.have)], [5, bytes(message.certificate)], [6, message.window], [7, message.superBlock]),
      many(8, message.peers.map(({ id, addresses }: any) => Buffer.concat([encode([1, bytes(id)]), many(2, addresses.map(bytes))]))),
      encode([10, message.nonce == null ? undefined : bytes(message.nonce)], [11, message.acknowledgementWindow])
    ])],
    'provider have': [2, ({ ranges }) => many(1, ranges)],
    'provider block': [3, ({ index, hashes, length, position }) => encode([1, index], [2, bytes(hashes)], [3, length], [10, position])],
    'provider superBlock': [4, ({ length }) => encode([1, length])],
    'provider refused': [5, message => Buffer.concat([many(1, message.blocks), encode([2, status(message.status)])])],
    'provider closing': [6, message => encode([1, status(message.status)], [2, message.reason])]
  }

  for (const [end, messages] of Object.entries({ recipient, provider }) as Array<[string, any[]]>) {
    for (const { name, message, body = '', encoded } of messages) {
      it(`${end}: ${name}`, () => {
        const [[kind, content]] = Object.entries(message)
        const [number, encodeContent] = encoders[`${end} ${kind}`]
        expect(hex(prefixed(field(number, encodeContent(content)))) + body).to.equal(encoded)

        const [length, start] = readVarint(bytes(encoded), 0)
        const read = new Fields(bytes(encoded).subarray(start, start + length))
        expect(read.has(number)).to.be.true()
        expect(hex(bytes(encoded).subarray(start + length))).to.equal(body)
      })
    }
  }
})

describe('conformance: vectors of the exchange', () => {
  const { escrow, serials, session, blocks, lists, invalidLists, signatures, wire, fees, redemptions, doubleSpending: { issuer, server, cases } } = read('ack')
  const [ticket, provider, recipient, recipientNonce, providerNonce] = ['ticket', 'provider', 'recipient', 'recipientNonce', 'providerNonce'].map(name => bytes(session[name]))

  /** The chains of all blocks of the vectors. */
  function chains (): Chains {
    const chains = new Chains(bytes(session.session))
    blocks.forEach(({ index, hash }: any) => { chains.add(index, bytes(hash)) })

    return chains
  }

  it('escrow secret, serials and session', () => {
    expect(hex(escrowSecret(bytes(escrow.root), bytes(escrow.provider)))).to.equal(escrow.secret)
    expect(hex(sessionId({ ticket, provider, recipient, recipientNonce, providerNonce }))).to.equal(session.session)

    for (const { root, client, object, notBefore, serial } of serials) {
      expect(hex(serialOf(bytes(root), bytes(client), bytes(object), notBefore))).to.equal(serial)
    }
  })

  it('keys, ciphertexts and chains', () => {
    for (const { position, index, key, published, sealed, hash, indices, entries } of blocks) {
      expect(hex(blockKey(bytes(escrow.secret), bytes(session.session), position, index))).to.equal(key)
      expect(hex(sealBlock(bytes(published), bytes(key)))).to.equal(sealed)
      expect(hex(sealBlock(bytes(sealed), bytes(key)))).to.equal(published)
      expect(hex(sha256(bytes(sealed)))).to.equal(hash)
      expect([chains().indexChain(position), chains().entryChain(position)].map(hex)).to.deep.equal([indices, entries])
    }
  })

  it('lists of blocks', () => {
    for (const { indices, blockCount, encoded } of lists) {
      expect(hex(encodeList(indices))).to.equal(encoded)
      expect(decodeList(bytes(encoded), indices.length, blockCount)).to.deep.equal(indices)
    }

    for (const { reason, count, blockCount, encoded } of invalidLists) {
      expect(() => decodeList(bytes(encoded), count, blockCount), reason).to.throw()
    }
  })

  it('signatures', () => {
    const count = blocks.length
    const acknowledgement = new Fields(chains().acknowledge(bytes(signatures.recipientSeed), count))
    expect(hex(acknowledgement.bytes(5))).to.equal(signatures.acknowledgement)
    expect(hex(signEd25519(bytes(signatures.providerSeed), chains().statement('claim', count)))).to.equal(signatures.claim)
    expect(chains().accepts(acknowledgement, recipient)).to.be.true()
    expect(chains().accepts(acknowledgement, provider), 'signed by another').to.be.false()
  })

  it('double spending', () => {
    for (const { name, proven, block, first, second } of cases) {
      const check = (): void => { checkDoubleSpending([first, second].map(bytes), block, { issuer: bytes(issuer), server: bytes(server) }) }
      proven === true ? expect(check, name).to.not.throw() : expect(check, name).to.throw()
    }
  })

  it('fees', () => {
    for (const { fee, paid, taken } of fees) {
      expect(paid.map((sum: number, i: number) => feeOf(sum, fee) - feeOf(paid[i - 1] ?? 0, fee))).to.deep.equal(taken)
    }
  })

  for (const { name, object, fee, bondRate, book: { first, count, price, bond }, steps, balances, doubleSpending, closed } of redemptions) {
    it(`coins: ${name}`, () => {
      const book = new Book({ object, fee, bondRate, first, count })
      expect([book.price, book.bondPaid]).to.deep.equal([price, bond])

      for (const step of steps) {
        if (step.void != null) {
          book.void(step.void)
        } else if (step.withdrawal != null) {
          book.withdraw(step.withdrawal, step.amount)
        } else {
          expect(book.claim(step.session, step.provider, step.blocks)).to.deep.equal({ credited: step.credited, amount: step.amount })
        }
      }

      const { coins, bond: bondLeft, ...accounts } = balances
      expect([book.coins, book.bond]).to.deep.equal([coins, bondLeft])
      expect(Object.fromEntries(Object.keys(accounts).map(name => [name, book.balance(name)]))).to.deep.equal(accounts)
      expect(book.doubleSpending).to.deep.equal(doubleSpending)
      expect(book.close()).to.equal(closed)
    })
  }

  const STATUSES = ['ACK_OK', 'ACK_MALFORMED', 'ACK_NOT_FOUND', 'ACK_FALSE', 'ACK_TICKET_INVALID', 'ACK_EXPIRED', 'ACK_BUSY', 'ACK_WRONG_SERVER', 'ACK_VOID']
  const CLAIM_STATUSES = ['CLAIM_SETTLED', 'CLAIM_AUDIT', 'CLAIM_VOID', 'CLAIM_EXPIRED', 'CLAIM_INVALID', 'CLAIM_BUSY']
  const optional = (text: string | undefined): Uint8Array | undefined => text == null ? undefined : bytes(text)
  const many = (number: number, values: Uint8Array[] = []): Uint8Array => Buffer.concat(values.map(value => field(number, value)))
  const refusal = ({ status, reason, retryAfter }: any): Uint8Array => encode([1, status == null ? 0 : STATUSES.indexOf(status)], [2, reason], [3, retryAfter])
  const encodeAcknowledgement = ({ session, count, indices, entries, signature }: any): Uint8Array => encode([1, bytes(session)], [2, count], [3, bytes(indices)], [4, bytes(entries)], [5, bytes(signature)])
  const encodeSession = (message: any): Uint8Array => encode(
    [1, bytes(message.ticket)], [2, bytes(message.provider)], [3, bytes(message.recipientNonce)], [4, bytes(message.providerNonce)], [5, encodeAcknowledgement(message.acknowledgement)], [6, bytes(message.blocks)]
  )
  const encoders: Record<string, [number: number, encode: (message: any) => Uint8Array]> = {
    acknowledgement: [1, encodeAcknowledgement],
    recovery: [2, ({ session, first, before, hashes }) => encode([1, encodeSession(session)], [2, first], [3, bytes(before)], [4, bytes(hashes)])],
    complaint: [3, ({ session, position, before, hashes }) => encode([1, encodeSession(session)], [2, position], [3, bytes(before)], [4, bytes(hashes)])],
    claims: [4, ({ ticket, claims }) => Buffer.concat([encode([1, bytes(ticket)]), many(2, claims.map(({ session, signature }: any) => encode([1, encodeSession(session)], [2, bytes(signature)])))])],
    entries: [5, ({ session, hashes }) => encode([1, bytes(session)], [2, bytes(hashes)])],
    keys: [1, message => Buffer.concat([refusal(message), encode([4, message.first], [5, optional(message.keys)], [6, message.window])])],
    ruling: [2, message => Buffer.concat([refusal(message), encode([4, optional(message.key)], [5, optional(message.block)], [6, optional(message.path)])])],
    verdicts: [3, message => Buffer.concat([
      refusal(message),
      many(4, message.verdicts.map(({ status, reason, credited, amount }: any) => encode([1, CLAIM_STATUSES.indexOf(status)], [2, reason], [3, credited], [4, amount]))),
      encode([5, message.balance], [6, message.standing])
    ])]
  }

  for (const { name, message, encoded } of wire) {
    it(`message: ${name}`, () => {
      const [[kind, content]] = Object.entries(message)
      const [number, encodeContent] = encoders[kind]
      expect(hex(prefixed(field(number, encodeContent(content))))).to.equal(encoded)

      const [length, start] = readVarint(bytes(encoded), 0)
      expect(length).to.equal(bytes(encoded).byteLength - start)
      // the first byte says what it is
      expect(bytes(encoded)[start]).to.equal(number * 8 + 2)
      expect(new Fields(bytes(encoded).subarray(start)).has(number)).to.be.true()
    })
  }

  for (const kind of ['recovery', 'complaint']) {
    it(`${kind}: its fields follow from the chains`, () => {
      const { position, first = position, ...fields } = wire.find(({ message }: any) => message[kind] != null).message[kind]
      const acknowledgement = chains().acknowledge(bytes(signatures.recipientSeed), blocks.length)
      expect(hex(chains().evidence({ ticket, provider, recipient, recipientNonce, providerNonce }, acknowledgement))).to.equal(hex(encodeSession(fields.session)))
      expect(hex(chains().entryChain(first - 1))).to.equal(fields.before)
      expect(chains().hashes.slice(first - 1).map(hex).join('')).to.equal(fields.hashes)
    })
  }
})
