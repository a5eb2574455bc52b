import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface RecipientMessage {
  open?: Open
  request?: Request
  cancel?: Cancel
  have?: Have
  renew?: Renew
}

export namespace RecipientMessage {
  let _codec: Codec<RecipientMessage>

  export const codec = (): Codec<RecipientMessage> => {
    if (_codec == null) {
      _codec = message<RecipientMessage>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.renew != null) {
          obj.have = undefined
          obj.cancel = undefined
          obj.request = undefined
          obj.open = undefined
        }

        if (obj.have != null) {
          obj.renew = undefined
          obj.cancel = undefined
          obj.request = undefined
          obj.open = undefined
        }

        if (obj.cancel != null) {
          obj.renew = undefined
          obj.have = undefined
          obj.request = undefined
          obj.open = undefined
        }

        if (obj.request != null) {
          obj.renew = undefined
          obj.have = undefined
          obj.cancel = undefined
          obj.open = undefined
        }

        if (obj.open != null) {
          obj.renew = undefined
          obj.have = undefined
          obj.cancel = undefined
          obj.request = undefined
        }

        if (obj.open != null) {
          w.uint32(10)
          Open.codec().encode(obj.open, w)
        }

        if (obj.request != null) {
          w.uint32(18)
          Request.codec().encode(obj.request, w)
        }

        if (obj.cancel != null) {
          w.uint32(26)
          Cancel.codec().encode(obj.cancel, w)
        }

        if (obj.have != null) {
          w.uint32(34)
          Have.codec().encode(obj.have, w)
        }

        if (obj.renew != null) {
          w.uint32(42)
          Renew.codec().encode(obj.renew, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.open = Open.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.open
              })
              break
            }
            case 2: {
              obj.request = Request.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.request
              })
              break
            }
            case 3: {
              obj.cancel = Cancel.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.cancel
              })
              break
            }
            case 4: {
              obj.have = Have.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.have
              })
              break
            }
            case 5: {
              obj.renew = Renew.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.renew
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.renew != null) {
          delete obj.have
          delete obj.cancel
          delete obj.request
          delete obj.open
        }

        if (obj.have != null) {
          delete obj.renew
          delete obj.cancel
          delete obj.request
          delete obj.open
        }

        if (obj.cancel != null) {
          delete obj.renew
          delete obj.have
          delete obj.request
          delete obj.open
        }

        if (obj.request != null) {
          delete obj.renew
          delete obj.have
          delete obj.cancel
          delete obj.open
        }

        if (obj.open != null) {
          delete obj.renew
          delete obj.have
          delete obj.cancel
          delete obj.request
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Open.codec().stream(reader, reader.uint32(), `${prefix}.open`, {
                limits: opts.limits?.open
              })

              break
            }
            case 2: {
              yield * Request.codec().stream(reader, reader.uint32(), `${prefix}.request`, {
                limits: opts.limits?.request
              })

              break
            }
            case 3: {
              yield * Cancel.codec().stream(reader, reader.uint32(), `${prefix}.cancel`, {
                limits: opts.limits?.cancel
              })

              break
            }
            case 4: {
              yield * Have.codec().stream(reader, reader.uint32(), `${prefix}.have`, {
                limits: opts.limits?.have
              })

              break
            }
            case 5: {
              yield * Renew.codec().stream(reader, reader.uint32(), `${prefix}.renew`, {
                limits: opts.limits?.renew
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RecipientMessageOpenObjectFieldEvent {
    field: '$.open.object'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecipientMessageOpenCertificateFieldEvent {
    field: '$.open.certificate'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecipientMessageOpenTicketFieldEvent {
    field: '$.open.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecipientMessageOpenHaveFieldEvent {
    field: '$.open.have'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecipientMessageOpenNonceFieldEvent {
    field: '$.open.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RecipientMessageRequestBlocksIndexFieldEvent {
    field: '$.request.blocks[].index'
    value: number
    index: number
  }

  export interface RecipientMessageRequestBlocksLevelsFieldEvent {
    field: '$.request.blocks[].levels'
    value: number
    index: number
  }

  export interface RecipientMessageRequestSuperBlockFieldEvent {
    field: '$.request.superBlock'
    value: boolean
  }

  export interface RecipientMessageCancelBlocksFieldEvent {
    field: '$.cancel.blocks[]'
    index: number
    value: number
  }

  export interface RecipientMessageHaveRangesFieldEvent {
    field: '$.have.ranges[]'
    index: number
    value: number
  }

  export interface RecipientMessageRenewTicketFieldEvent {
    field: '$.renew.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<RecipientMessage>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, RecipientMessage.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RecipientMessage>): RecipientMessage {
    return decodeMessage(buf, RecipientMessage.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RecipientMessage>): Generator<RecipientMessageOpenObjectFieldEvent | RecipientMessageOpenCertificateFieldEvent | RecipientMessageOpenTicketFieldEvent | RecipientMessageOpenHaveFieldEvent | RecipientMessageOpenNonceFieldEvent | RecipientMessageRequestBlocksIndexFieldEvent | RecipientMessageRequestBlocksLevelsFieldEvent | RecipientMessageRequestSuperBlockFieldEvent | RecipientMessageCancelBlocksFieldEvent | RecipientMessageHaveRangesFieldEvent | RecipientMessageRenewTicketFieldEvent> {
    return streamMessage(buf, RecipientMessage.codec(), opts)
  }
}

export interface ProviderMessage {
  opened?: Opened
  have?: Have
  block?: Block
  superBlock?: SuperBlock
  refused?: Refused
  closing?: Closing
}

export namespace ProviderMessage {
  let _codec: Codec<ProviderMessage>

  export const codec = (): Codec<ProviderMessage> => {
    if (_codec == null) {
      _codec = message<ProviderMessage>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        obj = { ...obj }

        if (obj.closing != null) {
          obj.refused = undefined
          obj.superBlock = undefined
          obj.block = undefined
          obj.have = undefined
          obj.opened = undefined
        }

        if (obj.refused != null) {
          obj.closing = undefined
          obj.superBlock = undefined
          obj.block = undefined
          obj.have = undefined
          obj.opened = undefined
        }

        if (obj.superBlock != null) {
          obj.closing = undefined
          obj.refused = undefined
          obj.block = undefined
          obj.have = undefined
          obj.opened = undefined
        }

        if (obj.block != null) {
          obj.closing = undefined
          obj.refused = undefined
          obj.superBlock = undefined
          obj.have = undefined
          obj.opened = undefined
        }

        if (obj.have != null) {
          obj.closing = undefined
          obj.refused = undefined
          obj.superBlock = undefined
          obj.block = undefined
          obj.opened = undefined
        }

        if (obj.opened != null) {
          obj.closing = undefined
          obj.refused = undefined
          obj.superBlock = undefined
          obj.block = undefined
          obj.have = undefined
        }

        if (obj.opened != null) {
          w.uint32(10)
          Opened.codec().encode(obj.opened, w)
        }

        if (obj.have != null) {
          w.uint32(18)
          Have.codec().encode(obj.have, w)
        }

        if (obj.block != null) {
          w.uint32(26)
          Block.codec().encode(obj.block, w)
        }

        if (obj.superBlock != null) {
          w.uint32(34)
          SuperBlock.codec().encode(obj.superBlock, w)
        }

        if (obj.refused != null) {
          w.uint32(42)
          Refused.codec().encode(obj.refused, w)
        }

        if (obj.closing != null) {
          w.uint32(50)
          Closing.codec().encode(obj.closing, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.opened = Opened.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.opened
              })
              break
            }
            case 2: {
              obj.have = Have.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.have
              })
              break
            }
            case 3: {
              obj.block = Block.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.block
              })
              break
            }
            case 4: {
              obj.superBlock = SuperBlock.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.superBlock
              })
              break
            }
            case 5: {
              obj.refused = Refused.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.refused
              })
              break
            }
            case 6: {
              obj.closing = Closing.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.closing
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        if (obj.closing != null) {
          delete obj.refused
          delete obj.superBlock
          delete obj.block
          delete obj.have
          delete obj.opened
        }

        if (obj.refused != null) {
          delete obj.closing
          delete obj.superBlock
          delete obj.block
          delete obj.have
          delete obj.opened
        }

        if (obj.superBlock != null) {
          delete obj.closing
          delete obj.refused
          delete obj.block
          delete obj.have
          delete obj.opened
        }

        if (obj.block != null) {
          delete obj.closing
          delete obj.refused
          delete obj.superBlock
          delete obj.have
          delete obj.opened
        }

        if (obj.have != null) {
          delete obj.closing
          delete obj.refused
          delete obj.superBlock
          delete obj.block
          delete obj.opened
        }

        if (obj.opened != null) {
          delete obj.closing
          delete obj.refused
          delete obj.superBlock
          delete obj.block
          delete obj.have
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield * Opened.codec().stream(reader, reader.uint32(), `${prefix}.opened`, {
                limits: opts.limits?.opened
              })

              break
            }
            case 2: {
              yield * Have.codec().stream(reader, reader.uint32(), `${prefix}.have`, {
                limits: opts.limits?.have
              })

              break
            }
            case 3: {
              yield * Block.codec().stream(reader, reader.uint32(), `${prefix}.block`, {
                limits: opts.limits?.block
              })

              break
            }
            case 4: {
              yield * SuperBlock.codec().stream(reader, reader.uint32(), `${prefix}.superBlock`, {
                limits: opts.limits?.superBlock
              })

              break
            }
            case 5: {
              yield * Refused.codec().stream(reader, reader.uint32(), `${prefix}.refused`, {
                limits: opts.limits?.refused
              })

              break
            }
            case 6: {
              yield * Closing.codec().stream(reader, reader.uint32(), `${prefix}.closing`, {
                limits: opts.limits?.closing
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ProviderMessageOpenedStatusFieldEvent {
    field: '$.opened.status'
    value: BlockStatus
  }

  export interface ProviderMessageOpenedReasonFieldEvent {
    field: '$.opened.reason'
    value: string
  }

  export interface ProviderMessageOpenedAvailabilityFieldEvent {
    field: '$.opened.availability'
    value: Availability
  }

  export interface ProviderMessageOpenedHaveFieldEvent {
    field: '$.opened.have'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProviderMessageOpenedCertificateFieldEvent {
    field: '$.opened.certificate'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProviderMessageOpenedWindowFieldEvent {
    field: '$.opened.window'
    value: number
  }

  export interface ProviderMessageOpenedSuperBlockFieldEvent {
    field: '$.opened.superBlock'
    value: boolean
  }

  export interface ProviderMessageOpenedPeersIdFieldEvent {
    field: '$.opened.peers[].id'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface ProviderMessageOpenedPeersAddressesFieldEvent {
    field: '$.opened.peers[].addresses[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProviderMessageOpenedNonceFieldEvent {
    field: '$.opened.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProviderMessageOpenedAcknowledgementWindowFieldEvent {
    field: '$.opened.acknowledgementWindow'
    value: number
  }

  export interface ProviderMessageHaveRangesFieldEvent {
    field: '$.have.ranges[]'
    index: number
    value: number
  }

  export interface ProviderMessageBlockIndexFieldEvent {
    field: '$.block.index'
    value: number
  }

  export interface ProviderMessageBlockHashesFieldEvent {
    field: '$.block.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ProviderMessageBlockLengthFieldEvent {
    field: '$.block.length'
    value: number
  }

  export interface ProviderMessageBlockPositionFieldEvent {
    field: '$.block.position'
    value: number
  }

  export interface ProviderMessageSuperBlockLengthFieldEvent {
    field: '$.superBlock.length'
    value: number
  }

  export interface ProviderMessageRefusedBlocksFieldEvent {
    field: '$.refused.blocks[]'
    index: number
    value: number
  }

  export interface ProviderMessageRefusedStatusFieldEvent {
    field: '$.refused.status'
    value: BlockStatus
  }

  export interface ProviderMessageClosingStatusFieldEvent {
    field: '$.closing.status'
    value: BlockStatus
  }

  export interface ProviderMessageClosingReasonFieldEvent {
    field: '$.closing.reason'
    value: string
  }

  export function encode (obj: Partial<ProviderMessage>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, ProviderMessage.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProviderMessage>): ProviderMessage {
    return decodeMessage(buf, ProviderMessage.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<ProviderMessage>): Generator<ProviderMessageOpenedStatusFieldEvent | ProviderMessageOpenedReasonFieldEvent | ProviderMessageOpenedAvailabilityFieldEvent | ProviderMessageOpenedHaveFieldEvent | ProviderMessageOpenedCertificateFieldEvent | ProviderMessageOpenedWindowFieldEvent | ProviderMessageOpenedSuperBlockFieldEvent | ProviderMessageOpenedPeersIdFieldEvent | ProviderMessageOpenedPeersAddressesFieldEvent | ProviderMessageOpenedNonceFieldEvent | ProviderMessageOpenedAcknowledgementWindowFieldEvent | ProviderMessageHaveRangesFieldEvent | ProviderMessageBlockIndexFieldEvent | ProviderMessageBlockHashesFieldEvent | ProviderMessageBlockLengthFieldEvent | ProviderMessageBlockPositionFieldEvent | ProviderMessageSuperBlockLengthFieldEvent | ProviderMessageRefusedBlocksFieldEvent | ProviderMessageRefusedStatusFieldEvent | ProviderMessageClosingStatusFieldEvent | ProviderMessageClosingReasonFieldEvent> {
    return streamMessage(buf, ProviderMessage.codec(), opts)
  }
}

export enum BlockStatus {
  BLOCK_OK = 'BLOCK_OK',
  BLOCK_MALFORMED = 'BLOCK_MALFORMED',
  BLOCK_NOT_FOUND = 'BLOCK_NOT_FOUND',
  BLOCK_TICKET_INVALID = 'BLOCK_TICKET_INVALID',
  BLOCK_TICKET_EXPIRED = 'BLOCK_TICKET_EXPIRED',
  BLOCK_TICKET_REVOKED = 'BLOCK_TICKET_REVOKED',
  BLOCK_SERVER_CONFLICT = 'BLOCK_SERVER_CONFLICT',
  BLOCK_MODE_UNSUPPORTED = 'BLOCK_MODE_UNSUPPORTED',
  BLOCK_LIMIT_EXCEEDED = 'BLOCK_LIMIT_EXCEEDED',
  BLOCK_BUSY = 'BLOCK_BUSY',
  BLOCK_STOPPING = 'BLOCK_STOPPING',
  BLOCK_UNACKNOWLEDGED = 'BLOCK_UNACKNOWLEDGED'
}

enum __BlockStatusValues {
  BLOCK_OK = 0,
  BLOCK_MALFORMED = 1,
  BLOCK_NOT_FOUND = 2,
  BLOCK_TICKET_INVALID = 3,
  BLOCK_TICKET_EXPIRED = 4,
  BLOCK_TICKET_REVOKED = 5,
  BLOCK_SERVER_CONFLICT = 6,
  BLOCK_MODE_UNSUPPORTED = 7,
  BLOCK_LIMIT_EXCEEDED = 8,
  BLOCK_BUSY = 9,
  BLOCK_STOPPING = 10,
  BLOCK_UNACKNOWLEDGED = 11
}

export namespace BlockStatus {
  export const codec = (): Codec<BlockStatus> => {
    return enumeration<BlockStatus>(__BlockStatusValues)
  }
}

export interface Open {
  object: Uint8Array<ArrayBuffer>
  certificate: Uint8Array<ArrayBuffer>
  ticket: Uint8Array<ArrayBuffer>
  have: Uint8Array<ArrayBuffer>
  nonce?: Uint8Array<ArrayBuffer>
}

export namespace Open {
  let _codec: Codec<Open>

  export const codec = (): Codec<Open> => {
    if (_codec == null) {
      _codec = message<Open>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.object != null && obj.object.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.object)
        }

        if ((obj.certificate != null && obj.certificate.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.certificate)
        }

        if ((obj.ticket != null && obj.ticket.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.ticket)
        }

        if ((obj.have != null && obj.have.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.have)
        }

        if (obj.nonce != null) {
          w.uint32(82)
          w.bytes(obj.nonce)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          object: uint8ArrayAlloc(0),
          certificate: uint8ArrayAlloc(0),
          ticket: uint8ArrayAlloc(0),
          have: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.object = reader.bytes()
              break
            }
            case 2: {
              obj.certificate = reader.bytes()
              break
            }
            case 3: {
              obj.ticket = reader.bytes()
              break
            }
            case 4: {
              obj.have = reader.bytes()
              break
            }
            case 10: {
              obj.nonce = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.object`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.certificate`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.ticket`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.have`,
                value: reader.bytes()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OpenObjectFieldEvent {
    field: '$.object'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenCertificateFieldEvent {
    field: '$.certificate'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenTicketFieldEvent {
    field: '$.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenHaveFieldEvent {
    field: '$.have'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Open>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Open.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Open>): Open {
    return decodeMessage(buf, Open.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Open>): Generator<OpenObjectFieldEvent | OpenCertificateFieldEvent | OpenTicketFieldEvent | OpenHaveFieldEvent | OpenNonceFieldEvent> {
    return streamMessage(buf, Open.codec(), opts)
  }
}

export enum Availability {
  SOME = 'SOME',
  ALL = 'ALL',
  OFFERS = 'OFFERS'
}

enum __AvailabilityValues {
  SOME = 0,
  ALL = 1,
  OFFERS = 2
}

export namespace Availability {
  export const codec = (): Codec<Availability> => {
    return enumeration<Availability>(__AvailabilityValues)
  }
}

export interface Opened {
  status: BlockStatus
  reason: string
  availability: Availability
  have: Uint8Array<ArrayBuffer>
  certificate: Uint8Array<ArrayBuffer>
  window: number
  superBlock: boolean
  peers: BlockPeer[]
  nonce?: Uint8Array<ArrayBuffer>
  acknowledgementWindow?: number
}

export namespace Opened {
  let _codec: Codec<Opened>

  export const codec = (): Codec<Opened> => {
    if (_codec == null) {
      _codec = message<Opened>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __BlockStatusValues[obj.status] !== 0) {
          w.uint32(8)
          BlockStatus.codec().encode(obj.status, w)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if (obj.availability != null && __AvailabilityValues[obj.availability] !== 0) {
          w.uint32(24)
          Availability.codec().encode(obj.availability, w)
        }

        if ((obj.have != null && obj.have.byteLength > 0)) {
          w.uint32(34)
          w.bytes(obj.have)
        }

        if ((obj.certificate != null && obj.certificate.byteLength > 0)) {
          w.uint32(42)
          w.bytes(obj.certificate)
        }

        if ((obj.window != null && obj.window !== 0)) {
          w.uint32(48)
          w.uint32(obj.window)
        }

        if ((obj.superBlock != null && obj.superBlock !== false)) {
          w.uint32(56)
          w.bool(obj.superBlock)
        }

        if (obj.peers != null && obj.peers.length > 0) {
          for (const value of obj.peers) {
            w.uint32(66)
            BlockPeer.codec().encode(value, w)
          }
        }

        if (obj.nonce != null) {
          w.uint32(82)
          w.bytes(obj.nonce)
        }

        if (obj.acknowledgementWindow != null) {
          w.uint32(88)
          w.uint32(obj.acknowledgementWindow)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: BlockStatus.BLOCK_OK,
          reason: '',
          availability: Availability.SOME,
          have: uint8ArrayAlloc(0),
          certificate: uint8ArrayAlloc(0),
          window: 0,
          superBlock: false,
          peers: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = BlockStatus.codec().decode(reader)
              break
            }
            case 2: {
              obj.reason = reader.string()
              break
            }
            case 3: {
              obj.availability = Availability.codec().decode(reader)
              break
            }
            case 4: {
              obj.have = reader.bytes()
              break
            }
            case 5: {
              obj.certificate = reader.bytes()
              break
            }
            case 6: {
              obj.window = reader.uint32()
              break
            }
            case 7: {
              obj.superBlock = reader.bool()
              break
            }
            case 8: {
              if (opts.limits?.peers != null && obj.peers.length === opts.limits.peers) {
                throw new MaxLengthError('Decode error - repeated field "peers" had too many elements')
              }

              if (obj.peers.length === 16) {
                throw new MaxLengthError('Decode error - repeated field "peers" had too many elements')
              }

              obj.peers.push(BlockPeer.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.peers$
              }))
              break
            }
            case 10: {
              obj.nonce = reader.bytes()
              break
            }
            case 11: {
              obj.acknowledgementWindow = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          peers: 16
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.status`,
                value: BlockStatus.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.availability`,
                value: Availability.codec().decode(reader)
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.have`,
                value: reader.bytes()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.certificate`,
                value: reader.bytes()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.window`,
                value: reader.uint32()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.superBlock`,
                value: reader.bool()
              }
              break
            }
            case 8: {
              if (opts.limits?.peers != null && obj.peers === opts.limits.peers) {
                throw new MaxLengthError('Streaming decode error - repeated field "peers" had too many elements')
              }

              if (obj.peers === 16) {
                throw new MaxLengthError('Streaming decode error - repeated field "peers" had too many elements')
              }

              for (const evt of BlockPeer.codec().stream(reader, reader.uint32(), `${prefix}.peers[]`, {
                limits: opts.limits?.peers$
              })) {
                yield {
                  ...evt,
                  index: obj.peers
                }
              }

              obj.peers++

              break
            }
            case 10: {
              yield {
                field: `${prefix}.nonce`,
                value: reader.bytes()
              }
              break
            }
            case 11: {
              yield {
                field: `${prefix}.acknowledgementWindow`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface OpenedStatusFieldEvent {
    field: '$.status'
    value: BlockStatus
  }

  export interface OpenedReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export interface OpenedAvailabilityFieldEvent {
    field: '$.availability'
    value: Availability
  }

  export interface OpenedHaveFieldEvent {
    field: '$.have'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenedCertificateFieldEvent {
    field: '$.certificate'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenedWindowFieldEvent {
    field: '$.window'
    value: number
  }

  export interface OpenedSuperBlockFieldEvent {
    field: '$.superBlock'
    value: boolean
  }

  export interface OpenedPeersIdFieldEvent {
    field: '$.peers[].id'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface OpenedPeersAddressesFieldEvent {
    field: '$.peers[].addresses[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenedNonceFieldEvent {
    field: '$.nonce'
    value: Uint8Array<ArrayBuffer>
  }

  export interface OpenedAcknowledgementWindowFieldEvent {
    field: '$.acknowledgementWindow'
    value: number
  }

  export function encode (obj: Partial<Opened>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Opened.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Opened>): Opened {
    return decodeMessage(buf, Opened.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Opened>): Generator<OpenedStatusFieldEvent | OpenedReasonFieldEvent | OpenedAvailabilityFieldEvent | OpenedHaveFieldEvent | OpenedCertificateFieldEvent | OpenedWindowFieldEvent | OpenedSuperBlockFieldEvent | OpenedPeersIdFieldEvent | OpenedPeersAddressesFieldEvent | OpenedNonceFieldEvent | OpenedAcknowledgementWindowFieldEvent> {
    return streamMessage(buf, Opened.codec(), opts)
  }
}

export interface BlockPeer {
  id: Uint8Array<ArrayBuffer>
  addresses: Uint8Array<ArrayBuffer>[]
}

export namespace BlockPeer {
  let _codec: Codec<BlockPeer>

  export const codec = (): Codec<BlockPeer> => {
    if (_codec == null) {
      _codec = message<BlockPeer>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.id != null && obj.id.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.id)
        }

        if (obj.addresses != null && obj.addresses.length > 0) {
          for (const value of obj.addresses) {
            w.uint32(18)
            w.bytes(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          id: uint8ArrayAlloc(0),
          addresses: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.id = reader.bytes()
              break
            }
            case 2: {
              if (opts.limits?.addresses != null && obj.addresses.length === opts.limits.addresses) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses.length === 8) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              obj.addresses.push(reader.bytes())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          addresses: 8
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.id`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              if (opts.limits?.addresses != null && obj.addresses === opts.limits.addresses) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses === 8) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              yield {
                field: `${prefix}.addresses[]`,
                index: obj.addresses,
                value: reader.bytes()
              }

              obj.addresses++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlockPeerIdFieldEvent {
    field: '$.id'
    value: Uint8Array<ArrayBuffer>
  }

  export interface BlockPeerAddressesFieldEvent {
    field: '$.addresses[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<BlockPeer>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, BlockPeer.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockPeer>): BlockPeer {
    return decodeMessage(buf, BlockPeer.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockPeer>): Generator<BlockPeerIdFieldEvent | BlockPeerAddressesFieldEvent> {
    return streamMessage(buf, BlockPeer.codec(), opts)
  }
}

export interface Request {
  blocks: BlockRequest[]
  superBlock: boolean
}

export namespace Request {
  let _codec: Codec<Request>

  export const codec = (): Codec<Request> => {
    if (_codec == null) {
      _codec = message<Request>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.blocks != null && obj.blocks.length > 0) {
          for (const value of obj.blocks) {
            w.uint32(10)
            BlockRequest.codec().encode(value, w)
          }
        }

        if ((obj.superBlock != null && obj.superBlock !== false)) {
          w.uint32(16)
          w.bool(obj.superBlock)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          blocks: [],
          superBlock: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.blocks != null && obj.blocks.length === opts.limits.blocks) {
                throw new MaxLengthError('Decode error - repeated field "blocks" had too many elements')
              }

              if (obj.blocks.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "blocks" had too many elements')
              }

              obj.blocks.push(BlockRequest.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.blocks$
              }))
              break
            }
            case 2: {
              obj.superBlock = reader.bool()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          blocks: 256
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.blocks != null && obj.blocks === opts.limits.blocks) {
                throw new MaxLengthError('Streaming decode error - repeated field "blocks" had too many elements')
              }

              if (obj.blocks === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "blocks" had too many elements')
              }

              for (const evt of BlockRequest.codec().stream(reader, reader.uint32(), `${prefix}.blocks[]`, {
                limits: opts.limits?.blocks$
              })) {
                yield {
                  ...evt,
                  index: obj.blocks
                }
              }

              obj.blocks++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.superBlock`,
                value: reader.bool()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RequestBlocksIndexFieldEvent {
    field: '$.blocks[].index'
    value: number
    index: number
  }

  export interface RequestBlocksLevelsFieldEvent {
    field: '$.blocks[].levels'
    value: number
    index: number
  }

  export interface RequestSuperBlockFieldEvent {
    field: '$.superBlock'
    value: boolean
  }

  export function encode (obj: Partial<Request>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Request.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Request {
    return decodeMessage(buf, Request.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Request>): Generator<RequestBlocksIndexFieldEvent | RequestBlocksLevelsFieldEvent | RequestSuperBlockFieldEvent> {
    return streamMessage(buf, Request.codec(), opts)
  }
}

export interface BlockRequest {
  index: number
  levels: number
}

export namespace BlockRequest {
  let _codec: Codec<BlockRequest>

  export const codec = (): Codec<BlockRequest> => {
    if (_codec == null) {
      _codec = message<BlockRequest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.index != null && obj.index !== 0)) {
          w.uint32(8)
          w.uint32(obj.index)
        }

        if ((obj.levels != null && obj.levels !== 0)) {
          w.uint32(16)
          w.uint32(obj.levels)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          index: 0,
          levels: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.index = reader.uint32()
              break
            }
            case 2: {
              obj.levels = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.index`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.levels`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlockRequestIndexFieldEvent {
    field: '$.index'
    value: number
  }

  export interface BlockRequestLevelsFieldEvent {
    field: '$.levels'
    value: number
  }

  export function encode (obj: Partial<BlockRequest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, BlockRequest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockRequest>): BlockRequest {
    return decodeMessage(buf, BlockRequest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockRequest>): Generator<BlockRequestIndexFieldEvent | BlockRequestLevelsFieldEvent> {
    return streamMessage(buf, BlockRequest.codec(), opts)
  }
}

export interface Cancel {
  blocks: number[]
}

export namespace Cancel {
  let _codec: Codec<Cancel>

  export const codec = (): Codec<Cancel> => {
    if (_codec == null) {
      _codec = message<Cancel>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.blocks != null && obj.blocks.length > 0) {
          for (const value of obj.blocks) {
            w.uint32(8)
            w.uint32(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          blocks: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.blocks != null && obj.blocks.length === opts.limits.blocks) {
                throw new MaxLengthError('Decode error - repeated field "blocks" had too many elements')
              }

              if (obj.blocks.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "blocks" had too many elements')
              }

              obj.blocks.push(reader.uint32())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          blocks: 256
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.blocks != null && obj.blocks === opts.limits.blocks) {
                throw new MaxLengthError('Streaming decode error - repeated field "blocks" had too many elements')
              }

              if (obj.blocks === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "blocks" had too many elements')
              }

              yield {
                field: `${prefix}.blocks[]`,
                index: obj.blocks,
                value: reader.uint32()
              }

              obj.blocks++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface CancelBlocksFieldEvent {
    field: '$.blocks[]'
    index: number
    value: number
  }

  export function encode (obj: Partial<Cancel>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Cancel.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Cancel {
    return decodeMessage(buf, Cancel.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Cancel>): Generator<CancelBlocksFieldEvent> {
    return streamMessage(buf, Cancel.codec(), opts)
  }
}

export interface Have {
  ranges: number[]
}

export namespace Have {
  let _codec: Codec<Have>

  export const codec = (): Codec<Have> => {
    if (_codec == null) {
      _codec = message<Have>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.ranges != null && obj.ranges.length > 0) {
          for (const value of obj.ranges) {
            w.uint32(8)
            w.uint32(value)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          ranges: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.ranges != null && obj.ranges.length === opts.limits.ranges) {
                throw new MaxLengthError('Decode error - repeated field "ranges" had too many elements')
              }

              if (obj.ranges.length === 2048) {
                throw new MaxLengthError('Decode error - repeated field "ranges" had too many elements')
              }

              obj.ranges.push(reader.uint32())
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          ranges: 2048
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.ranges != null && obj.ranges === opts.limits.ranges) {
                throw new MaxLengthError('Streaming decode error - repeated field "ranges" had too many elements')
              }

              if (obj.ranges === 2048) {
                throw new MaxLengthError('Streaming decode error - repeated field "ranges" had too many elements')
              }

              yield {
                field: `${prefix}.ranges[]`,
                index: obj.ranges,
                value: reader.uint32()
              }

              obj.ranges++

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface HaveRangesFieldEvent {
    field: '$.ranges[]'
    index: number
    value: number
  }

  export function encode (obj: Partial<Have>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Have.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Have>): Have {
    return decodeMessage(buf, Have.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Have>): Generator<HaveRangesFieldEvent> {
    return streamMessage(buf, Have.codec(), opts)
  }
}

export interface Renew {
  ticket: Uint8Array<ArrayBuffer>
}

export namespace Renew {
  let _codec: Codec<Renew>

  export const codec = (): Codec<Renew> => {
    if (_codec == null) {
      _codec = message<Renew>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.ticket != null && obj.ticket.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.ticket)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          ticket: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.ticket = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.ticket`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RenewTicketFieldEvent {
    field: '$.ticket'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Renew>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Renew.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Renew>): Renew {
    return decodeMessage(buf, Renew.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Renew>): Generator<RenewTicketFieldEvent> {
    return streamMessage(buf, Renew.codec(), opts)
  }
}

export interface Block {
  index: number
  hashes: Uint8Array<ArrayBuffer>
  length: number
  position?: number
}

export namespace Block {
  let _codec: Codec<Block>

  export const codec = (): Codec<Block> => {
    if (_codec == null) {
      _codec = message<Block>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.index != null && obj.index !== 0)) {
          w.uint32(8)
          w.uint32(obj.index)
        }

        if ((obj.hashes != null && obj.hashes.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.hashes)
        }

        if ((obj.length != null && obj.length !== 0)) {
          w.uint32(24)
          w.uint32(obj.length)
        }

        if (obj.position != null) {
          w.uint32(80)
          w.uint32(obj.position)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          index: 0,
          hashes: uint8ArrayAlloc(0),
          length: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.index = reader.uint32()
              break
            }
            case 2: {
              obj.hashes = reader.bytes()
              break
            }
            case 3: {
              obj.length = reader.uint32()
              break
            }
            case 10: {
              obj.position = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.index`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.hashes`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.length`,
                value: reader.uint32()
              }
              break
            }
            case 10: {
              yield {
                field: `${prefix}.position`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface BlockIndexFieldEvent {
    field: '$.index'
    value: number
  }

  export interface BlockHashesFieldEvent {
    field: '$.hashes'
    value: Uint8Array<ArrayBuffer>
  }

  export interface BlockLengthFieldEvent {
    field: '$.length'
    value: number
  }

  export interface BlockPositionFieldEvent {
    field: '$.position'
    value: number
  }

  export function encode (obj: Partial<Block>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Block.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Block>): Block {
    return decodeMessage(buf, Block.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Block>): Generator<BlockIndexFieldEvent | BlockHashesFieldEvent | BlockLengthFieldEvent | BlockPositionFieldEvent> {
    return streamMessage(buf, Block.codec(), opts)
  }
}

export interface SuperBlock {
  length: number
}

export namespace SuperBlock {
  let _codec: Codec<SuperBlock>

  export const codec = (): Codec<SuperBlock> => {
    if (_codec == null) {
      _codec = message<SuperBlock>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.length != null && obj.length !== 0)) {
          w.uint32(8)
          w.uint32(obj.length)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          length: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.length = reader.uint32()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.length`,
                value: reader.uint32()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface SuperBlockLengthFieldEvent {
    field: '$.length'
    value: number
  }

  export function encode (obj: Partial<SuperBlock>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, SuperBlock.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SuperBlock>): SuperBlock {
    return decodeMessage(buf, SuperBlock.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<SuperBlock>): Generator<SuperBlockLengthFieldEvent> {
    return streamMessage(buf, SuperBlock.codec(), opts)
  }
}

export interface Refused {
  blocks: number[]
  status: BlockStatus
}

export namespace Refused {
  let _codec: Codec<Refused>

  export const codec = (): Codec<Refused> => {
    if (_codec == null) {
      _codec = message<Refused>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.blocks != null && obj.blocks.length > 0) {
          for (const value of obj.blocks) {
            w.uint32(8)
            w.uint32(value)
          }
        }

        if (obj.status != null && __BlockStatusValues[obj.status] !== 0) {
          w.uint32(16)
          BlockStatus.codec().encode(obj.status, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          blocks: [],
          status: BlockStatus.BLOCK_OK
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.blocks != null && obj.blocks.length === opts.limits.blocks) {
                throw new MaxLengthError('Decode error - repeated field "blocks" had too many elements')
              }

              if (obj.blocks.length === 256) {
                throw new MaxLengthError('Decode error - repeated field "blocks" had too many elements')
              }

              obj.blocks.push(reader.uint32())
              break
            }
            case 2: {
              obj.status = BlockStatus.codec().decode(reader)
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          blocks: 256
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.blocks != null && obj.blocks === opts.limits.blocks) {
                throw new MaxLengthError('Streaming decode error - repeated field "blocks" had too many elements')
              }

              if (obj.blocks === 256) {
                throw new MaxLengthError('Streaming decode error - repeated field "blocks" had too many elements')
              }

              yield {
                field: `${prefix}.blocks[]`,
                index: obj.blocks,
                value: reader.uint32()
              }

              obj.blocks++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.status`,
                value: BlockStatus.codec().decode(reader)
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface RefusedBlocksFieldEvent {
    field: '$.blocks[]'
    index: number
    value: number
  }

  export interface RefusedStatusFieldEvent {
    field: '$.status'
    value: BlockStatus
  }

  export function encode (obj: Partial<Refused>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Refused.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Refused>): Refused {
    return decodeMessage(buf, Refused.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Refused>): Generator<RefusedBlocksFieldEvent | RefusedStatusFieldEvent> {
    return streamMessage(buf, Refused.codec(), opts)
  }
}

export interface Closing {
  status: BlockStatus
  reason: string
}

export namespace Closing {
  let _codec: Codec<Closing>

  export const codec = (): Codec<Closing> => {
    if (_codec == null) {
      _codec = message<Closing>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null && __BlockStatusValues[obj.status] !== 0) {
          w.uint32(8)
          BlockStatus.codec().encode(obj.status, w)
        }

        if ((obj.reason != null && obj.reason !== '')) {
          w.uint32(18)
          w.string(obj.reason)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          status: BlockStatus.BLOCK_OK,
          reason: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = BlockStatus.codec().decode(reader)
              break
            }
            case 2: {
              obj.reason = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.status`,
                value: BlockStatus.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.reason`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface ClosingStatusFieldEvent {
    field: '$.status'
    value: BlockStatus
  }

  export interface ClosingReasonFieldEvent {
    field: '$.reason'
    value: string
  }

  export function encode (obj: Partial<Closing>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Closing.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Closing>): Closing {
    return decodeMessage(buf, Closing.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Closing>): Generator<ClosingStatusFieldEvent | ClosingReasonFieldEvent> {
    return streamMessage(buf, Closing.codec(), opts)
  }
}
