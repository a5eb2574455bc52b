import type { HoldingInfo, Mssl } from './mssl.ts'
import type { Metrics } from '@libp2p/interface'

/**
 * What only the whole node knows. The protocols have their own: `mssl_block_payload_bytes` by direction, `mssl_block_sessions`
 * by role, `mssl_ticket_requests_total` by status, where `ok` is a ticket issued, `mssl_ack_requests_total` by status.
 */
export function registerMetrics (mssl: Pick<Mssl, 'addEventListener'>, provided: () => HoldingInfo[], metrics?: Metrics): void {
  if (metrics == null) {
    return
  }

  metrics.registerMetricGroup('mssl_objects', {
    label: 'role',
    help: 'Objects that this node provides at the moment: of its own, or got from others',
    calculate: () => {
      const roles = provided().map(({ role }) => role)

      return { origin: roles.filter(role => role === 'origin').length, client: roles.filter(role => role === 'client').length }
    }
  })

  const dropped = metrics.registerCounter('mssl_providers_dropped_total', { help: 'Providers from which nothing more was taken, since they broke the rules' })
  mssl.addEventListener('provider:dropped', () => { dropped.increment() })

  const convicted = metrics.registerCounterGroup('mssl_convictions_total', {
    label: 'kind',
    help: 'Proofs found here that somebody claimed or signed what is false, or spent a coin twice'
  })
  mssl.addEventListener('peer:convicted', ({ detail }) => { convicted.increment({ [detail.kind.replace('-', '_')]: true }) })

  const changed = metrics.registerCounter('mssl_sources_changed_total', { help: 'Objects that are served no more, since their files were changed' })
  mssl.addEventListener('holding:changed', () => { changed.increment() })
}
