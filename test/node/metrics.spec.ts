import { expect } from 'aegir/chai'
import { TypedEventEmitter } from 'main-event'
import { stubInterface } from 'sinon-ts'
import { registerMetrics } from '../../src/node/metrics.ts'
import type { HoldingInfo, MsslEvents } from '../../src/node/mssl.ts'
import type { CalculateMetric, Counter, CounterGroup, Metrics } from '@libp2p/interface'

describe('node: metrics', () => {
  it('counts objects by role, providers dropped, convictions and sources changed', () => {
    const events = new TypedEventEmitter<MsslEvents>()
    const counts: Record<string, number> = {}
    let calculate: CalculateMetric<Record<string, number>> | undefined
    const metrics = stubInterface<Metrics>({
      registerCounter: ((name: string) => stubInterface<Counter>({ increment: () => { counts[name] = (counts[name] ?? 0) + 1 } })) as any,
      registerCounterGroup: ((name: string) => stubInterface<CounterGroup>({ increment: values => { counts[`${name} ${Object.keys(values)}`] = 1 } })) as any,
      registerMetricGroup: ((name: string, options: { calculate: typeof calculate }) => { calculate = options.calculate }) as any
    })

    registerMetrics(events, () => (['origin', 'client', 'client'] as const).map(role => stubInterface<HoldingInfo>({ role })), metrics)
    events.safeDispatchEvent('provider:dropped')
    events.safeDispatchEvent('holding:changed')
    events.safeDispatchEvent('peer:convicted', { detail: { kind: 'double-spend' } })

    expect(calculate?.()).to.deep.equal({ origin: 1, client: 2 })
    expect(counts).to.deep.equal({ mssl_providers_dropped_total: 1, mssl_sources_changed_total: 1, 'mssl_convictions_total double_spend': 1 })
  })

  it('does without', () => {
    registerMetrics(new TypedEventEmitter<MsslEvents>(), () => [])
  })
})
