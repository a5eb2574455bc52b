/**
 * @packageDocumentation
 *
 * What recipients acknowledged to this node, kept until the server of the object has credited it.
 */
export { Claimer } from './claimer.ts'
export { listReceipts, Receipts } from './receipts.ts'
export type { ClaimOptions, ClaimProgressEvents, ClaimStanding, ClaimSummary, ClaimTarget, ClaimVerdict, ClaimerComponents } from './claimer.ts'
export type { ReceiptInfo, ReceiptInfoState } from './receipts.ts'
