/** Sets of blocks, one for each node, in one array: 32 blocks a word. */
export class BlockSets {
  /** Words of one set */
  readonly words: number
  readonly bits: Int32Array

  constructor (nodes: number, blocks: number) {
    this.words = Math.ceil(blocks / 32)
    this.bits = new Int32Array(nodes * this.words)
  }

  has (node: number, block: number): boolean {
    return (this.bits[node * this.words + (block >> 5)] >> (block & 31) & 1) === 1
  }

  add (node: number, block: number): void {
    this.bits[node * this.words + (block >> 5)] |= 1 << (block & 31)
  }

  remove (node: number, block: number): void {
    this.bits[node * this.words + (block >> 5)] &= ~(1 << (block & 31))
  }

  clear (node: number): void {
    this.bits.fill(0, node * this.words, (node + 1) * this.words)
  }
}
