import { ackRefuser } from './ack-refuser.ts'
import { claimInflater } from './claim-inflater.ts'
import { colluder } from './colluder.ts'
import { doubleSpender } from './double-spender.ts'
import { freeRider } from './free-rider.ts'
import { garbageSender } from './garbage-sender.ts'
import { impersonator } from './impersonator.ts'
import { keyWithholder } from './key-withholder.ts'
import { ticketThief } from './ticket-thief.ts'
import type { Behaviour } from '../harness/behaviour.ts'
import type { BehaviourName } from '../harness/scenario.ts'

/** Every way to misbehave. */
export const behaviours: Behaviour[] = [
  freeRider,
  keyWithholder,
  garbageSender,
  ackRefuser,
  claimInflater,
  colluder,
  doubleSpender,
  ticketThief,
  impersonator
]

/**
 * @throws {TypeError} when there is none of this name
 */
export function behaviourNamed (name: BehaviourName): Behaviour {
  const behaviour = behaviours.find(behaviour => behaviour.name === name)

  if (behaviour == null) {
    throw new TypeError(`There is no behaviour "${name}"`)
  }

  return behaviour
}
