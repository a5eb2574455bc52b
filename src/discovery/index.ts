/**
 * @packageDocumentation
 *
 * Finding the other holders of an object through the DHT, under a key that only ticket holders know.
 */
export * from './discovery.ts'
