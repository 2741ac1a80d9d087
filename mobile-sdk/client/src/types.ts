// The types of the client, all derived from the contract: what each operation takes and what it answers.

import type { components, operations } from './generated/schema.js'
import type { OperationId } from './generated/operations.js'
import type { Signal, UploadFile } from './transport.js'

/** Every body of the contract by name: `Schemas['SittingView']`. */
export type Schemas = components['schemas']

/** A picture, workbook or CSV file. */
export interface FileAnswer {
  bytes: ArrayBuffer
  contentType: string
  filename?: string
}

/** A page or a drawing (HTML, SVG). */
export interface TextAnswer {
  text: string
  contentType: string
  filename?: string
}

export interface CallOptions {
  /** Instead of the key made for you; use it when the same intent must survive a restart of the program. */
  idempotencyKey?: string
  /** Instead of the session's token, such as a hall screen's. */
  token?: string
  timeoutMs?: number
  /** How often this call is sent again if that is safe. */
  retries?: number
  signal?: Signal
}

type Simplify<T> = { [K in keyof T]: T[K] }
/** Undefined may stand for "not given", also under exactOptionalPropertyTypes. */
type OrUndefined<T> = { [K in keyof T]: {} extends Pick<T, K> ? T[K] | undefined : T[K] }
type Place<O extends OperationId, P extends 'path' | 'query'> = operations[O]['parameters'] extends { [K in P]?: infer V } ? OrEmpty<NonNullable<V>> : {}
type OrEmpty<V> = [V] extends [never] ? {} : OrUndefined<V>
type Sent<O extends OperationId> = operations[O] extends { requestBody: { content: infer C } } ? C : never
type Body<O extends OperationId> = [Sent<O>] extends [never] ? {}
  : Sent<O> extends { 'multipart/form-data': unknown } ? { file: UploadFile }
  : Sent<O> extends { 'application/json': infer J } ? { body: J } : {}

/** What an operation takes: the parameters of path and query side by side, and `body` or `file`. */
export type Args<O extends OperationId> = Simplify<Place<O, 'path'> & Place<O, 'query'> & Body<O>>

type Answers<O extends OperationId> = operations[O]['responses'][keyof operations[O]['responses'] & (200 | 201 | 202 | 204)]
type Read<A> = A extends { content: infer C } ?
    C extends { 'application/json': infer J } ? J
    : C extends { 'text/html': unknown } | { 'image/svg+xml': unknown } ? TextAnswer
    : FileAnswer
  : void

/** What an operation answers. */
export type Result<O extends OperationId> = Read<Answers<O>>

export type Method<O extends OperationId> = {} extends Args<O>
  ? (args?: Args<O>, options?: CallOptions) => Promise<Result<O>>
  : (args: Args<O>, options?: CallOptions) => Promise<Result<O>>

/** Operations whose answer is one page of a list. */
export type ListId = { [O in OperationId]: Args<O> extends { cursor?: string | undefined } ? Result<O> extends { items: unknown[] } ? O : never : never }[OperationId]

export type Item<O extends ListId> = Result<O> extends { items: (infer I)[] } ? I : never
type ListArgs<O extends ListId> = Simplify<Omit<Args<O>, 'cursor'>>

export type Each = {
  [O in ListId]: {} extends ListArgs<O>
    ? (args?: ListArgs<O>, options?: CallOptions) => AsyncIterableIterator<Item<O>>
    : (args: ListArgs<O>, options?: CallOptions) => AsyncIterableIterator<Item<O>>
}

export type Methods = { [O in Exclude<OperationId, 'auth_refresh' | 'live_watch'>]: Method<O> }
