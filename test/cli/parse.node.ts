import { expect } from 'aegir/chai'
import { formatDuration, formatPercent, formatPrice, formatTime, parseAmount, parseDuration, parseHostPort, parseInteger, parsePercent, parsePrice, parseSize } from '../../src/cli/parse.ts'

describe('cli: what people write', () => {
  it('reads durations', () => {
    expect(parseDuration('250ms')).to.equal(250)
    expect(parseDuration('90s')).to.equal(90_000)
    expect(parseDuration('15m')).to.equal(900_000)
    expect(parseDuration('1.5h')).to.equal(5_400_000)
    expect(parseDuration('7d')).to.equal(604_800_000)
    expect(parseDuration('2w')).to.equal(1_209_600_000)

    for (const text of ['', '5', 'h', '-1h', '0s', '1 h', '1y', '1h30m', '9999999999999w']) {
      expect(() => parseDuration(text), text).to.throw('Give a time')
    }
  })

  it('reads sizes', () => {
    expect(parseSize('65536')).to.equal(65_536)
    expect(parseSize('256KiB')).to.equal(262_144)
    expect(parseSize('256 kib')).to.equal(262_144)
    expect(parseSize('64k')).to.equal(65_536)
    expect(parseSize('4MB')).to.equal(4_194_304)
    expect(parseSize('0.5MiB')).to.equal(524_288)

    for (const text of ['', 'KiB', '-1', '1.5', '1XB', '256KiBs', '1e3', '99999999TiB']) {
      expect(() => parseSize(text), text).to.throw('Give a size')
    }
  })

  it('reads numbers within limits', () => {
    expect(parseInteger(0, 65_535)('65535')).to.equal(65_535)
    expect(() => parseInteger(0, 65_535)('65536')).to.throw('Give a number from 0 to 65535')
    expect(() => parseInteger(1)('0')).to.throw('at least 1')
    expect(() => parseInteger(1)('1.5')).to.throw('at least 1')
    expect(() => parseInteger(1)('0x10')).to.throw('at least 1')
  })

  const NO_AMOUNTS = ['', '0', '00', '-1', '+5', '1.5', '1,000', '1e3', '0x10', ' 5', '5 ', '٣', 'all', '9007199254740992', '99999999999999999999']

  it('reads amounts of money', () => {
    expect(parseAmount('1')).to.equal(1)
    expect(parseAmount('500')).to.equal(500)
    expect(parseAmount('9007199254740991')).to.equal(Number.MAX_SAFE_INTEGER)

    for (const text of NO_AMOUNTS) {
      expect(() => parseAmount(text), text).to.throw('Give an amount in whole units, from 1 to 9007199254740991')
    }
  })

  it('reads prices', () => {
    expect(parsePrice('500')).to.deep.equal({ amount: 500 })
    expect(parsePrice('10/MiB')).to.deep.equal({ amount: 10, per: 2 ** 20 })
    expect(parsePrice('1/gib')).to.deep.equal({ amount: 1, per: 2 ** 30 })
    expect(parsePrice('3/64KiB')).to.deep.equal({ amount: 3, per: 65_536 })
    expect(parsePrice('7/B')).to.deep.equal({ amount: 7, per: 1 })
    expect(parsePrice('7/1000')).to.deep.equal({ amount: 7, per: 1_000 })

    for (const text of [...NO_AMOUNTS, ...NO_AMOUNTS.map(text => `${text}/MiB`)]) {
      expect(() => parsePrice(text), text).to.throw('Give an amount in whole units')
    }

    for (const text of ['5/', '5/0', '5/0MiB', '5/-1', '5/XiB', '5/MiB/2', '5/1.5', '5/1e3', '5/whole']) {
      expect(() => parsePrice(text), text).to.throw(/Give a (price|size) such as/)
    }
  })

  it('writes prices', () => {
    expect(formatPrice({ amount: 10, per: 2 ** 20, unit: 'cent' }, 120)).to.equal('10 cent per MiB, 120 cent in all')
    expect(formatPrice({ amount: 3, per: 65_536, unit: 'cent' }, 120)).to.equal('3 cent per 64 KiB, 120 cent in all')
    expect(formatPrice({ amount: 3, per: 1_500, unit: 'cent' }, 120)).to.equal('3 cent per 1500 B, 120 cent in all')
    expect(formatPrice({ amount: 500, per: 12_345, unit: 'coin' }, 500)).to.equal('500 coin')
  })

  it('reads percentages', () => {
    expect(parsePercent(100)('5%')).to.equal(500)
    expect(parsePercent(100)('2.5')).to.equal(250)
    expect(parsePercent(100)('0.05 %')).to.equal(5)
    expect(parsePercent(100)('100')).to.equal(10_000)
    expect(parsePercent(100)('0')).to.equal(0)
    expect(formatPercent(250)).to.equal('2.5 %')

    for (const text of ['', '%', '-1', '100.01', '101%', '0.005', '1e1', '5 percent']) {
      expect(() => parsePercent(100)(text), text).to.throw('Give a percentage from 0 to 100')
    }
  })

  it('reads a host and a port', () => {
    expect(parseHostPort('4456')).to.deep.equal({ host: undefined, port: 4456 })
    expect(parseHostPort('0.0.0.0:1')).to.deep.equal({ host: '0.0.0.0', port: 1 })
    expect(parseHostPort('localhost:65535')).to.deep.equal({ host: 'localhost', port: 65_535 })
    expect(parseHostPort('[::1]:80')).to.deep.equal({ host: '::1', port: 80 })

    for (const text of ['', '0', '127.0.0.1:0', ':80', 'localhost', '65536', '127.0.0.1:', '::1:80', 'http://x:80', '1e3', '-1']) {
      expect(() => parseHostPort(text), text).to.throw('Give a port, or a host and a port')
    }
  })

  it('writes durations with their two largest units', () => {
    expect(formatDuration(0)).to.equal('0s')
    expect(formatDuration(340)).to.equal('0.3s')
    expect(formatDuration(2_000)).to.equal('2s')
    expect(formatDuration(9_960)).to.equal('10s')
    expect(formatDuration(12_400)).to.equal('12s')
    expect(formatDuration(3_600_000)).to.equal('1h')
    expect(formatDuration(3_900_000)).to.equal('1h 5m')
    expect(formatDuration(100_000_000)).to.equal('1d 3h')
  })

  it('writes times with their distance from now', () => {
    const now = Date.UTC(2026, 0, 2, 3, 4, 5)

    expect(formatTime(now + 60_000, now)).to.equal('2026-01-02 03:05:05Z (in 1m)')
    expect(formatTime(now - 60_000, now)).to.equal('2026-01-02 03:03:05Z (1m ago)')
    expect(formatTime(Number.MAX_SAFE_INTEGER, now)).to.match(/^\+275760-09-13 /)
  })
})
