import { ackRefusers } from './ack-refusers.ts'
import { claimInflaters } from './claim-inflaters.ts'
import { colludingRings } from './colluding-rings.ts'
import { doubleSpenders } from './double-spenders.ts'
import { flashCrowd } from './flash-crowd.ts'
import { freeRiders } from './free-riders.ts'
import { garbageSenders } from './garbage-senders.ts'
import { heavyChurn } from './heavy-churn.ts'
import { homeLinks } from './home-links.ts'
import { impersonation } from './impersonation.ts'
import { keyRotation } from './key-rotation.ts'
import { keyWithholders } from './key-withholders.ts'
import { revocation } from './revocation.ts'
import { serverOutage } from './server-outage.ts'
import { steadyArrivals } from './steady-arrivals.ts'
import { stolenTickets } from './stolen-tickets.ts'
import type { Scenario } from '../harness/scenario.ts'

/** All scenarios, in the order in which a person reads them. */
export const scenarios: Scenario[] = [
  flashCrowd,
  steadyArrivals,
  heavyChurn,
  homeLinks,
  serverOutage,
  freeRiders,
  keyWithholders,
  garbageSenders,
  ackRefusers,
  claimInflaters,
  colludingRings,
  doubleSpenders,
  stolenTickets,
  revocation,
  keyRotation,
  impersonation
]

export function scenarioNamed (name: string): Scenario | undefined {
  return scenarios.find(scenario => scenario.name === name)
}
