/**
 * Gives the memory of a block back at once. Most of what passes through a transfer is memory outside of the JavaScript heap,
 * which costs a full garbage collection every few megabytes otherwise.
 *
 * @param bytes - not used any more, by nobody. Left alone when it is a part of something larger
 */
export function giveBack (bytes: Uint8Array): void {
  if (bytes.byteLength === bytes.buffer.byteLength) {
    (bytes.buffer as ArrayBuffer).transfer(0)
  }
}
