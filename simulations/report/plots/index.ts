import { cheatersGain } from './cheating.ts'
import { completionByClass } from './classes.ts'
import { completionCurve, waitingCurve } from './completion.ts'
import { fairnessPlot } from './fairness.ts'
import { flowMap } from './flows.ts'
import { allUploads, serverUpload } from './uploads.ts'
import type { Picture } from './drawing.ts'
import type { Outcome } from '../../harness/outcome.ts'

const PICTURES = [completionCurve, waitingCurve, serverUpload, allUploads, completionByClass, flowMap, fairnessPlot, cheatersGain]

/** Of one outcome, those for which it has what they show. */
export function picturesOf (outcome: Outcome): Picture[] {
  return PICTURES.flatMap(picture => picture(outcome) ?? [])
}
