import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import { alloc as uint8ArrayAlloc } from 'uint8arrays/alloc'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export enum Mode {
  PLAIN = 'PLAIN',
  PROOF = 'PROOF',
  PURCHASE = 'PURCHASE'
}

enum __ModeValues {
  PLAIN = 0,
  PROOF = 1,
  PURCHASE = 2
}

export namespace Mode {
  export const codec = (): Codec<Mode> => {
    return enumeration<Mode>(__ModeValues)
  }
}

export enum Encryption {
  NONE = 'NONE',
  OBJECT_KEY = 'OBJECT_KEY'
}

enum __EncryptionValues {
  NONE = 0,
  OBJECT_KEY = 1
}

export namespace Encryption {
  export const codec = (): Codec<Encryption> => {
    return enumeration<Encryption>(__EncryptionValues)
  }
}

export enum HashDelivery {
  PER_BLOCK = 'PER_BLOCK',
  SUPER_BLOCK = 'SUPER_BLOCK'
}

enum __HashDeliveryValues {
  PER_BLOCK = 0,
  SUPER_BLOCK = 1
}

export namespace HashDelivery {
  export const codec = (): Codec<HashDelivery> => {
    return enumeration<HashDelivery>(__HashDeliveryValues)
  }
}

export interface Certificate {
  name: string
  issuer: Uint8Array<ArrayBuffer>
  nodes: Uint8Array<ArrayBuffer>[]
  addresses: Uint8Array<ArrayBuffer>[]
  notBefore: number
  notAfter: number
  epoch: number
  rotations: Rotation[]
}

export namespace Certificate {
  let _codec: Codec<Certificate>

  export const codec = (): Codec<Certificate> => {
    if (_codec == null) {
      _codec = message<Certificate>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(10)
          w.string(obj.name)
        }

        if ((obj.issuer != null && obj.issuer.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.issuer)
        }

        if (obj.nodes != null && obj.nodes.length > 0) {
          for (const value of obj.nodes) {
            w.uint32(26)
            w.bytes(value)
          }
        }

        if (obj.addresses != null && obj.addresses.length > 0) {
          for (const value of obj.addresses) {
            w.uint32(34)
            w.bytes(value)
          }
        }

        if ((obj.notBefore != null && obj.notBefore !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.notBefore)
        }

        if ((obj.notAfter != null && obj.notAfter !== 0)) {
          w.uint32(48)
          w.uint64Number(obj.notAfter)
        }

        if ((obj.epoch != null && obj.epoch !== 0)) {
          w.uint32(56)
          w.uint64Number(obj.epoch)
        }

        if (obj.rotations != null && obj.rotations.length > 0) {
          for (const value of obj.rotations) {
            w.uint32(66)
            Rotation.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          name: '',
          issuer: uint8ArrayAlloc(0),
          nodes: [],
          addresses: [],
          notBefore: 0,
          notAfter: 0,
          epoch: 0,
          rotations: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.name = reader.string()
              break
            }
            case 2: {
              obj.issuer = reader.bytes()
              break
            }
            case 3: {
              if (opts.limits?.nodes != null && obj.nodes.length === opts.limits.nodes) {
                throw new MaxLengthError('Decode error - repeated field "nodes" had too many elements')
              }

              if (obj.nodes.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "nodes" had too many elements')
              }

              obj.nodes.push(reader.bytes())
              break
            }
            case 4: {
              if (opts.limits?.addresses != null && obj.addresses.length === opts.limits.addresses) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "addresses" had too many elements')
              }

              obj.addresses.push(reader.bytes())
              break
            }
            case 5: {
              obj.notBefore = reader.uint64Number()
              break
            }
            case 6: {
              obj.notAfter = reader.uint64Number()
              break
            }
            case 7: {
              obj.epoch = reader.uint64Number()
              break
            }
            case 8: {
              if (opts.limits?.rotations != null && obj.rotations.length === opts.limits.rotations) {
                throw new MaxLengthError('Decode error - repeated field "rotations" had too many elements')
              }

              if (obj.rotations.length === 64) {
                throw new MaxLengthError('Decode error - repeated field "rotations" had too many elements')
              }

              obj.rotations.push(Rotation.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.rotations$
              }))
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
          nodes: 64,
          addresses: 64,
          rotations: 64
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.issuer`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              if (opts.limits?.nodes != null && obj.nodes === opts.limits.nodes) {
                throw new MaxLengthError('Streaming decode error - repeated field "nodes" had too many elements')
              }

              if (obj.nodes === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "nodes" had too many elements')
              }

              yield {
                field: `${prefix}.nodes[]`,
                index: obj.nodes,
                value: reader.bytes()
              }

              obj.nodes++

              break
            }
            case 4: {
              if (opts.limits?.addresses != null && obj.addresses === opts.limits.addresses) {
                throw new MaxLengthError('Streaming decode error - repeated field "addresses" had too many elements')
              }

              if (obj.addresses === 64) {
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
            case 5: {
              yield {
                field: `${prefix}.notBefore`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.notAfter`,
                value: reader.uint64Number()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.epoch`,
                value: reader.uint64Number()
              }
              break
            }
            case 8: {
              if (opts.limits?.rotations != null && obj.rotations === opts.limits.rotations) {
                throw new MaxLengthError('Streaming decode error - repeated field "rotations" had too many elements')
              }

              if (obj.rotations === 64) {
                throw new MaxLengthError('Streaming decode error - repeated field "rotations" had too many elements')
              }

              for (const evt of Rotation.codec().stream(reader, reader.uint32(), `${prefix}.rotations[]`, {
                limits: opts.limits?.rotations$
              })) {
                yield {
                  ...evt,
                  index: obj.rotations
                }
              }

              obj.rotations++

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

  export interface CertificateNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface CertificateIssuerFieldEvent {
    field: '$.issuer'
    value: Uint8Array<ArrayBuffer>
  }

  export interface CertificateNodesFieldEvent {
    field: '$.nodes[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface CertificateAddressesFieldEvent {
    field: '$.addresses[]'
    index: number
    value: Uint8Array<ArrayBuffer>
  }

  export interface CertificateNotBeforeFieldEvent {
    field: '$.notBefore'
    value: number
  }

  export interface CertificateNotAfterFieldEvent {
    field: '$.notAfter'
    value: number
  }

  export interface CertificateEpochFieldEvent {
    field: '$.epoch'
    value: number
  }

  export interface CertificateRotationsPreviousFieldEvent {
    field: '$.rotations[].previous'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface CertificateRotationsSignatureFieldEvent {
    field: '$.rotations[].signature'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export function encode (obj: Partial<Certificate>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Certificate.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Certificate>): Certificate {
    return decodeMessage(buf, Certificate.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Certificate>): Generator<CertificateNameFieldEvent | CertificateIssuerFieldEvent | CertificateNodesFieldEvent | CertificateAddressesFieldEvent | CertificateNotBeforeFieldEvent | CertificateNotAfterFieldEvent | CertificateEpochFieldEvent | CertificateRotationsPreviousFieldEvent | CertificateRotationsSignatureFieldEvent> {
    return streamMessage(buf, Certificate.codec(), opts)
  }
}

export interface Rotation {
  previous: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

export namespace Rotation {
  let _codec: Codec<Rotation>

  export const codec = (): Codec<Rotation> => {
    if (_codec == null) {
      _codec = message<Rotation>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.previous != null && obj.previous.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.previous)
        }

        if ((obj.signature != null && obj.signature.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.signature)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          previous: uint8ArrayAlloc(0),
          signature: uint8ArrayAlloc(0)
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.previous = reader.bytes()
              break
            }
            case 2: {
              obj.signature = reader.bytes()
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
                field: `${prefix}.previous`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.signature`,
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

  export interface RotationPreviousFieldEvent {
    field: '$.previous'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RotationSignatureFieldEvent {
    field: '$.signature'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Rotation>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Rotation.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Rotation>): Rotation {
    return decodeMessage(buf, Rotation.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Rotation>): Generator<RotationPreviousFieldEvent | RotationSignatureFieldEvent> {
    return streamMessage(buf, Rotation.codec(), opts)
  }
}

export interface Manifest {
  size: number
  blockSize: number
  root: Uint8Array<ArrayBuffer>
  hash: number
  encryption: Encryption
  delivery: HashDelivery
  mode: Mode
  price?: Price
  name: string
  files: File[]
}

export namespace Manifest {
  let _codec: Codec<Manifest>

  export const codec = (): Codec<Manifest> => {
    if (_codec == null) {
      _codec = message<Manifest>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.size != null && obj.size !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.size)
        }

        if ((obj.blockSize != null && obj.blockSize !== 0)) {
          w.uint32(16)
          w.uint32(obj.blockSize)
        }

        if ((obj.root != null && obj.root.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.root)
        }

        if ((obj.hash != null && obj.hash !== 0)) {
          w.uint32(32)
          w.uint64Number(obj.hash)
        }

        if (obj.encryption != null && __EncryptionValues[obj.encryption] !== 0) {
          w.uint32(40)
          Encryption.codec().encode(obj.encryption, w)
        }

        if (obj.delivery != null && __HashDeliveryValues[obj.delivery] !== 0) {
          w.uint32(48)
          HashDelivery.codec().encode(obj.delivery, w)
        }

        if (obj.mode != null && __ModeValues[obj.mode] !== 0) {
          w.uint32(56)
          Mode.codec().encode(obj.mode, w)
        }

        if (obj.price != null) {
          w.uint32(66)
          Price.codec().encode(obj.price, w)
        }

        if ((obj.name != null && obj.name !== '')) {
          w.uint32(74)
          w.string(obj.name)
        }

        if (obj.files != null && obj.files.length > 0) {
          for (const value of obj.files) {
            w.uint32(82)
            File.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          size: 0,
          blockSize: 0,
          root: uint8ArrayAlloc(0),
          hash: 0,
          encryption: Encryption.NONE,
          delivery: HashDelivery.PER_BLOCK,
          mode: Mode.PLAIN,
          name: '',
          files: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.size = reader.uint64Number()
              break
            }
            case 2: {
              obj.blockSize = reader.uint32()
              break
            }
            case 3: {
              obj.root = reader.bytes()
              break
            }
            case 4: {
              obj.hash = reader.uint64Number()
              break
            }
            case 5: {
              obj.encryption = Encryption.codec().decode(reader)
              break
            }
            case 6: {
              obj.delivery = HashDelivery.codec().decode(reader)
              break
            }
            case 7: {
              obj.mode = Mode.codec().decode(reader)
              break
            }
            case 8: {
              obj.price = Price.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.price
              })
              break
            }
            case 9: {
              obj.name = reader.string()
              break
            }
            case 10: {
              if (opts.limits?.files != null && obj.files.length === opts.limits.files) {
                throw new MaxLengthError('Decode error - repeated field "files" had too many elements')
              }

              if (obj.files.length === 65536) {
                throw new MaxLengthError('Decode error - repeated field "files" had too many elements')
              }

              obj.files.push(File.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.files$
              }))
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
          files: 65536
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.size`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.blockSize`,
                value: reader.uint32()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.root`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.hash`,
                value: reader.uint64Number()
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.encryption`,
                value: Encryption.codec().decode(reader)
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.delivery`,
                value: HashDelivery.codec().decode(reader)
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.mode`,
                value: Mode.codec().decode(reader)
              }
              break
            }
            case 8: {
              yield * Price.codec().stream(reader, reader.uint32(), `${prefix}.price`, {
                limits: opts.limits?.price
              })

              break
            }
            case 9: {
              yield {
                field: `${prefix}.name`,
                value: reader.string()
              }
              break
            }
            case 10: {
              if (opts.limits?.files != null && obj.files === opts.limits.files) {
                throw new MaxLengthError('Streaming decode error - repeated field "files" had too many elements')
              }

              if (obj.files === 65536) {
                throw new MaxLengthError('Streaming decode error - repeated field "files" had too many elements')
              }

              for (const evt of File.codec().stream(reader, reader.uint32(), `${prefix}.files[]`, {
                limits: opts.limits?.files$
              })) {
                yield {
                  ...evt,
                  index: obj.files
                }
              }

              obj.files++

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

  export interface ManifestSizeFieldEvent {
    field: '$.size'
    value: number
  }

  export interface ManifestBlockSizeFieldEvent {
    field: '$.blockSize'
    value: number
  }

  export interface ManifestRootFieldEvent {
    field: '$.root'
    value: Uint8Array<ArrayBuffer>
  }

  export interface ManifestHashFieldEvent {
    field: '$.hash'
    value: number
  }

  export interface ManifestEncryptionFieldEvent {
    field: '$.encryption'
    value: Encryption
  }

  export interface ManifestDeliveryFieldEvent {
    field: '$.delivery'
    value: HashDelivery
  }

  export interface ManifestModeFieldEvent {
    field: '$.mode'
    value: Mode
  }

  export interface ManifestPriceAmountFieldEvent {
    field: '$.price.amount'
    value: number
  }

  export interface ManifestPricePerFieldEvent {
    field: '$.price.per'
    value: number
  }

  export interface ManifestPriceUnitFieldEvent {
    field: '$.price.unit'
    value: string
  }

  export interface ManifestNameFieldEvent {
    field: '$.name'
    value: string
  }

  export interface ManifestFilesPathFieldEvent {
    field: '$.files[].path'
    value: string
    index: number
  }

  export interface ManifestFilesSizeFieldEvent {
    field: '$.files[].size'
    value: number
    index: number
  }

  export interface ManifestFilesExecutableFieldEvent {
    field: '$.files[].executable'
    value: boolean
    index: number
  }

  export function encode (obj: Partial<Manifest>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Manifest.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Manifest>): Manifest {
    return decodeMessage(buf, Manifest.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Manifest>): Generator<ManifestSizeFieldEvent | ManifestBlockSizeFieldEvent | ManifestRootFieldEvent | ManifestHashFieldEvent | ManifestEncryptionFieldEvent | ManifestDeliveryFieldEvent | ManifestModeFieldEvent | ManifestPriceAmountFieldEvent | ManifestPricePerFieldEvent | ManifestPriceUnitFieldEvent | ManifestNameFieldEvent | ManifestFilesPathFieldEvent | ManifestFilesSizeFieldEvent | ManifestFilesExecutableFieldEvent> {
    return streamMessage(buf, Manifest.codec(), opts)
  }
}

export interface Price {
  amount: number
  per: number
  unit: string
}

export namespace Price {
  let _codec: Codec<Price>

  export const codec = (): Codec<Price> => {
    if (_codec == null) {
      _codec = message<Price>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.amount != null && obj.amount !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.amount)
        }

        if ((obj.per != null && obj.per !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.per)
        }

        if ((obj.unit != null && obj.unit !== '')) {
          w.uint32(26)
          w.string(obj.unit)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          amount: 0,
          per: 0,
          unit: ''
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.amount = reader.uint64Number()
              break
            }
            case 2: {
              obj.per = reader.uint64Number()
              break
            }
            case 3: {
              obj.unit = reader.string()
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
                field: `${prefix}.amount`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.per`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.unit`,
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

  export interface PriceAmountFieldEvent {
    field: '$.amount'
    value: number
  }

  export interface PricePerFieldEvent {
    field: '$.per'
    value: number
  }

  export interface PriceUnitFieldEvent {
    field: '$.unit'
    value: string
  }

  export function encode (obj: Partial<Price>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Price.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Price>): Price {
    return decodeMessage(buf, Price.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Price>): Generator<PriceAmountFieldEvent | PricePerFieldEvent | PriceUnitFieldEvent> {
    return streamMessage(buf, Price.codec(), opts)
  }
}

export interface File {
  path: string
  size: number
  executable: boolean
}

export namespace File {
  let _codec: Codec<File>

  export const codec = (): Codec<File> => {
    if (_codec == null) {
      _codec = message<File>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.path != null && obj.path !== '')) {
          w.uint32(10)
          w.string(obj.path)
        }

        if ((obj.size != null && obj.size !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.size)
        }

        if ((obj.executable != null && obj.executable !== false)) {
          w.uint32(24)
          w.bool(obj.executable)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          path: '',
          size: 0,
          executable: false
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.path = reader.string()
              break
            }
            case 2: {
              obj.size = reader.uint64Number()
              break
            }
            case 3: {
              obj.executable = reader.bool()
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
                field: `${prefix}.path`,
                value: reader.string()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.size`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.executable`,
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

  export interface FilePathFieldEvent {
    field: '$.path'
    value: string
  }

  export interface FileSizeFieldEvent {
    field: '$.size'
    value: number
  }

  export interface FileExecutableFieldEvent {
    field: '$.executable'
    value: boolean
  }

  export function encode (obj: Partial<File>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, File.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<File>): File {
    return decodeMessage(buf, File.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<File>): Generator<FilePathFieldEvent | FileSizeFieldEvent | FileExecutableFieldEvent> {
    return streamMessage(buf, File.codec(), opts)
  }
}

export interface Ticket {
  serial: Uint8Array<ArrayBuffer>
  client: Uint8Array<ArrayBuffer>
  object: Uint8Array<ArrayBuffer>
  mode: Mode
  notBefore: number
  notAfter: number
  standing?: number
  range?: BlockRange
  rate?: number
  book?: CoinBook
}

export namespace Ticket {
  let _codec: Codec<Ticket>

  export const codec = (): Codec<Ticket> => {
    if (_codec == null) {
      _codec = message<Ticket>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.serial != null && obj.serial.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.serial)
        }

        if ((obj.client != null && obj.client.byteLength > 0)) {
          w.uint32(18)
          w.bytes(obj.client)
        }

        if ((obj.object != null && obj.object.byteLength > 0)) {
          w.uint32(26)
          w.bytes(obj.object)
        }

        if (obj.mode != null && __ModeValues[obj.mode] !== 0) {
          w.uint32(32)
          Mode.codec().encode(obj.mode, w)
        }

        if ((obj.notBefore != null && obj.notBefore !== 0)) {
          w.uint32(40)
          w.uint64Number(obj.notBefore)
        }

        if ((obj.notAfter != null && obj.notAfter !== 0)) {
          w.uint32(48)
          w.uint64Number(obj.notAfter)
        }

        if (obj.standing != null) {
          w.uint32(56)
          w.uint32(obj.standing)
        }

        if (obj.range != null) {
          w.uint32(66)
          BlockRange.codec().encode(obj.range, w)
        }

        if (obj.rate != null) {
          w.uint32(72)
          w.uint64Number(obj.rate)
        }

        if (obj.book != null) {
          w.uint32(82)
          CoinBook.codec().encode(obj.book, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          serial: uint8ArrayAlloc(0),
          client: uint8ArrayAlloc(0),
          object: uint8ArrayAlloc(0),
          mode: Mode.PLAIN,
          notBefore: 0,
          notAfter: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.serial = reader.bytes()
              break
            }
            case 2: {
              obj.client = reader.bytes()
              break
            }
            case 3: {
              obj.object = reader.bytes()
              break
            }
            case 4: {
              obj.mode = Mode.codec().decode(reader)
              break
            }
            case 5: {
              obj.notBefore = reader.uint64Number()
              break
            }
            case 6: {
              obj.notAfter = reader.uint64Number()
              break
            }
            case 7: {
              obj.standing = reader.uint32()
              break
            }
            case 8: {
              obj.range = BlockRange.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.range
              })
              break
            }
            case 9: {
              obj.rate = reader.uint64Number()
              break
            }
            case 10: {
              obj.book = CoinBook.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.book
              })
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
                field: `${prefix}.serial`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.client`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.object`,
                value: reader.bytes()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.mode`,
                value: Mode.codec().decode(reader)
              }
              break
            }
            case 5: {
              yield {
                field: `${prefix}.notBefore`,
                value: reader.uint64Number()
              }
              break
            }
            case 6: {
              yield {
                field: `${prefix}.notAfter`,
                value: reader.uint64Number()
              }
              break
            }
            case 7: {
              yield {
                field: `${prefix}.standing`,
                value: reader.uint32()
              }
              break
            }
            case 8: {
              yield * BlockRange.codec().stream(reader, reader.uint32(), `${prefix}.range`, {
                limits: opts.limits?.range
              })

              break
            }
            case 9: {
              yield {
                field: `${prefix}.rate`,
                value: reader.uint64Number()
              }
              break
            }
            case 10: {
              yield * CoinBook.codec().stream(reader, reader.uint32(), `${prefix}.book`, {
                limits: opts.limits?.book
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

  export interface TicketSerialFieldEvent {
    field: '$.serial'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketClientFieldEvent {
    field: '$.client'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketObjectFieldEvent {
    field: '$.object'
    value: Uint8Array<ArrayBuffer>
  }

  export interface TicketModeFieldEvent {
    field: '$.mode'
    value: Mode
  }

  export interface TicketNotBeforeFieldEvent {
    field: '$.notBefore'
    value: number
  }

  export interface TicketNotAfterFieldEvent {
    field: '$.notAfter'
    value: number
  }

  export interface TicketStandingFieldEvent {
    field: '$.standing'
    value: number
  }

  export interface TicketRangeFirstFieldEvent {
    field: '$.range.first'
    value: number
  }

  export interface TicketRangeCountFieldEvent {
    field: '$.range.count'
    value: number
  }

  export interface TicketRateFieldEvent {
    field: '$.rate'
    value: number
  }

  export interface TicketBookFeeFieldEvent {
    field: '$.book.fee'
    value: number
  }

  export interface TicketBookBondFieldEvent {
    field: '$.book.bond'
    value: number
  }

  export interface TicketBookRedeemUntilFieldEvent {
    field: '$.book.redeemUntil'
    value: number
  }

  export function encode (obj: Partial<Ticket>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Ticket.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Ticket>): Ticket {
    return decodeMessage(buf, Ticket.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Ticket>): Generator<TicketSerialFieldEvent | TicketClientFieldEvent | TicketObjectFieldEvent | TicketModeFieldEvent | TicketNotBeforeFieldEvent | TicketNotAfterFieldEvent | TicketStandingFieldEvent | TicketRangeFirstFieldEvent | TicketRangeCountFieldEvent | TicketRateFieldEvent | TicketBookFeeFieldEvent | TicketBookBondFieldEvent | TicketBookRedeemUntilFieldEvent> {
    return streamMessage(buf, Ticket.codec(), opts)
  }
}

export interface CoinBook {
  fee: number
  bond: number
  redeemUntil: number
}

export namespace CoinBook {
  let _codec: Codec<CoinBook>

  export const codec = (): Codec<CoinBook> => {
    if (_codec == null) {
      _codec = message<CoinBook>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.fee != null && obj.fee !== 0)) {
          w.uint32(8)
          w.uint32(obj.fee)
        }

        if ((obj.bond != null && obj.bond !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.bond)
        }

        if ((obj.redeemUntil != null && obj.redeemUntil !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.redeemUntil)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          fee: 0,
          bond: 0,
          redeemUntil: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.fee = reader.uint32()
              break
            }
            case 2: {
              obj.bond = reader.uint64Number()
              break
            }
            case 3: {
              obj.redeemUntil = reader.uint64Number()
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
                field: `${prefix}.fee`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.bond`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.redeemUntil`,
                value: reader.uint64Number()
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

  export interface CoinBookFeeFieldEvent {
    field: '$.fee'
    value: number
  }

  export interface CoinBookBondFieldEvent {
    field: '$.bond'
    value: number
  }

  export interface CoinBookRedeemUntilFieldEvent {
    field: '$.redeemUntil'
    value: number
  }

  export function encode (obj: Partial<CoinBook>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, CoinBook.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CoinBook>): CoinBook {
    return decodeMessage(buf, CoinBook.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<CoinBook>): Generator<CoinBookFeeFieldEvent | CoinBookBondFieldEvent | CoinBookRedeemUntilFieldEvent> {
    return streamMessage(buf, CoinBook.codec(), opts)
  }
}

export interface BlockRange {
  first: number
  count: number
}

export namespace BlockRange {
  let _codec: Codec<BlockRange>

  export const codec = (): Codec<BlockRange> => {
    if (_codec == null) {
      _codec = message<BlockRange>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.first != null && obj.first !== 0)) {
          w.uint32(8)
          w.uint32(obj.first)
        }

        if ((obj.count != null && obj.count !== 0)) {
          w.uint32(16)
          w.uint32(obj.count)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          first: 0,
          count: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.first = reader.uint32()
              break
            }
            case 2: {
              obj.count = reader.uint32()
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
                field: `${prefix}.first`,
                value: reader.uint32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.count`,
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

  export interface BlockRangeFirstFieldEvent {
    field: '$.first'
    value: number
  }

  export interface BlockRangeCountFieldEvent {
    field: '$.count'
    value: number
  }

  export function encode (obj: Partial<BlockRange>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, BlockRange.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockRange>): BlockRange {
    return decodeMessage(buf, BlockRange.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<BlockRange>): Generator<BlockRangeFirstFieldEvent | BlockRangeCountFieldEvent> {
    return streamMessage(buf, BlockRange.codec(), opts)
  }
}

export interface RevocationList {
  epoch: number
  issued: number
  entries: Revocation[]
}

export namespace RevocationList {
  let _codec: Codec<RevocationList>

  export const codec = (): Codec<RevocationList> => {
    if (_codec == null) {
      _codec = message<RevocationList>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.epoch != null && obj.epoch !== 0)) {
          w.uint32(8)
          w.uint64Number(obj.epoch)
        }

        if ((obj.issued != null && obj.issued !== 0)) {
          w.uint32(16)
          w.uint64Number(obj.issued)
        }

        if (obj.entries != null && obj.entries.length > 0) {
          for (const value of obj.entries) {
            w.uint32(26)
            Revocation.codec().encode(value, w)
          }
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          epoch: 0,
          issued: 0,
          entries: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.epoch = reader.uint64Number()
              break
            }
            case 2: {
              obj.issued = reader.uint64Number()
              break
            }
            case 3: {
              if (opts.limits?.entries != null && obj.entries.length === opts.limits.entries) {
                throw new MaxLengthError('Decode error - repeated field "entries" had too many elements')
              }

              if (obj.entries.length === 16384) {
                throw new MaxLengthError('Decode error - repeated field "entries" had too many elements')
              }

              obj.entries.push(Revocation.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.entries$
              }))
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
          entries: 16384
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.epoch`,
                value: reader.uint64Number()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.issued`,
                value: reader.uint64Number()
              }
              break
            }
            case 3: {
              if (opts.limits?.entries != null && obj.entries === opts.limits.entries) {
                throw new MaxLengthError('Streaming decode error - repeated field "entries" had too many elements')
              }

              if (obj.entries === 16384) {
                throw new MaxLengthError('Streaming decode error - repeated field "entries" had too many elements')
              }

              for (const evt of Revocation.codec().stream(reader, reader.uint32(), `${prefix}.entries[]`, {
                limits: opts.limits?.entries$
              })) {
                yield {
                  ...evt,
                  index: obj.entries
                }
              }

              obj.entries++

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

  export interface RevocationListEpochFieldEvent {
    field: '$.epoch'
    value: number
  }

  export interface RevocationListIssuedFieldEvent {
    field: '$.issued'
    value: number
  }

  export interface RevocationListEntriesClientFieldEvent {
    field: '$.entries[].client'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface RevocationListEntriesObjectFieldEvent {
    field: '$.entries[].object'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface RevocationListEntriesBeforeFieldEvent {
    field: '$.entries[].before'
    value: number
    index: number
  }

  export function encode (obj: Partial<RevocationList>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, RevocationList.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RevocationList>): RevocationList {
    return decodeMessage(buf, RevocationList.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<RevocationList>): Generator<RevocationListEpochFieldEvent | RevocationListIssuedFieldEvent | RevocationListEntriesClientFieldEvent | RevocationListEntriesObjectFieldEvent | RevocationListEntriesBeforeFieldEvent> {
    return streamMessage(buf, RevocationList.codec(), opts)
  }
}

export interface Revocation {
  client: Uint8Array<ArrayBuffer>
  object?: Uint8Array<ArrayBuffer>
  before: number
}

export namespace Revocation {
  let _codec: Codec<Revocation>

  export const codec = (): Codec<Revocation> => {
    if (_codec == null) {
      _codec = message<Revocation>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if ((obj.client != null && obj.client.byteLength > 0)) {
          w.uint32(10)
          w.bytes(obj.client)
        }

        if (obj.object != null) {
          w.uint32(18)
          w.bytes(obj.object)
        }

        if ((obj.before != null && obj.before !== 0)) {
          w.uint32(24)
          w.uint64Number(obj.before)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          client: uint8ArrayAlloc(0),
          before: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.client = reader.bytes()
              break
            }
            case 2: {
              obj.object = reader.bytes()
              break
            }
            case 3: {
              obj.before = reader.uint64Number()
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
                field: `${prefix}.client`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.object`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.before`,
                value: reader.uint64Number()
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

  export interface RevocationClientFieldEvent {
    field: '$.client'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RevocationObjectFieldEvent {
    field: '$.object'
    value: Uint8Array<ArrayBuffer>
  }

  export interface RevocationBeforeFieldEvent {
    field: '$.before'
    value: number
  }

  export function encode (obj: Partial<Revocation>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Revocation.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Revocation>): Revocation {
    return decodeMessage(buf, Revocation.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Revocation>): Generator<RevocationClientFieldEvent | RevocationObjectFieldEvent | RevocationBeforeFieldEvent> {
    return streamMessage(buf, Revocation.codec(), opts)
  }
}
