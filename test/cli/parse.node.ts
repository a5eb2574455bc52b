import { expect } from 'aegir/chai'
import { formatDuration, formatTime, parseDuration, parseInteger, parseSize } from '../../src/cli/parse.ts'

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
  })
})
