/** A provider whose window is full waits so long for an acknowledgement, ms, beyond what a block takes at `SLOWEST_RATE`. */
export const ACKNOWLEDGE_TIMEOUT = 30_000

/**
 * Bytes per second: a recipient acknowledges a block when it has all of it, and honest ones may be slow. As slow as one may
 * be while others wait for memory.
 */
export const SLOWEST_RATE = 64 * 1024

/** The first unacknowledged block is acknowledged after so long, ms, even if no others come: well below a timeout. */
export const ACKNOWLEDGE_DELAY = 20

/** A recipient acknowledges when this part of the window is full, so that keys are back before all of it is. */
export const THRESHOLD_PART = 4

/** Recipients whose earned window is remembered; one takes some 200 bytes. */
export const MAX_RECIPIENTS = 4096

/** Bytes of blocks that are remembered as earned: the largest window, since more cannot be used in one session. */
export const MAX_EARNED = 32 * 2 ** 20

/** So many sessions in a row without one acknowledgement, and the recipient has to wait; an accident is rarely three. */
export const FREE_SESSIONS = 3

/** The longest wait, ms: a recipient that was repaired finds its providers again within a coffee break. */
export const MAX_BACK_OFF = 300_000

/** Sessions that are over and wait for their last acknowledgement; beyond that the oldest waits no more. */
export const MAX_CLOSING = 1024

/**
 * Acknowledgements of one recipient in a minute that are of no session under way: each reads a receipt, and may compute 512 keys,
 * 10 ms in all. An honest one has some after its provider was started again.
 */
export const MAX_LATE = 60

/** A server that is busy is asked for keys again, but waited for no longer than this, ms, in all: others have the blocks, too. */
export const RECOVERY_PATIENCE = 15_000

/** Keys that are used in one turn of the event loop: each decrypts a block, 0.5 ms or so. */
export const UNLOCK_SLICE = 4

/** Blocks that a session has room for at first; the memory doubles as it fills. */
export const FIRST_BLOCKS = 16

/** How often the server is asked for a ruling, and the pause after an answer that was lost, ms. Quotas count each. */
export const RULING_ATTEMPTS = 3
export const RULING_RETRY = 1_000
