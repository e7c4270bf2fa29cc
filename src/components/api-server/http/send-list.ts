import type { Writable } from 'node:stream';
import type { ListMeta } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { ListResult } from '../operations/list.ts';
import { contentFields } from '../protobuf/envelope.ts';
import { protobufOf } from '../protobuf/object-protobuf.ts';
import { render } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import type { Stored } from '../store/contract.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { encodeList, type ListParts } from './encode-list.ts';
import { wantsPretty } from './encode-value.ts';
import { mediaTypes, plainJson, type Representation } from './negotiate.ts';
import type { HttpRequest } from './request.ts';
import { acceptsGzip, answerHeaders, openBody, sendBytes } from './respond.ts';
import { representationFor } from './send-object.ts';
import { parseIncludeObject, partialMetadata, tableFields, tableRow, wrongForm } from './table.ts';

export interface ListAnswer {
  readonly result: ListResult;
  readonly nowMs: number;
  /** Items joined at once. */
  readonly chunkItems: number;
}

/** Answers with a list in the form the client wants. Plain JSON and protobuf join stored bytes in chunks, with back-pressure, yielding to other requests. */
export async function sendList(request: HttpRequest, served: ServedResource, answer: ListAnswer): Promise<void> {
  const representation = representationFor(request, served);
  if (representation === plainJson && !wantsPretty(request.exchange)) return sendJsonList(request, served, answer);
  if (representation.encoding === 'protobuf' && representation.form === 'whole') return sendProtobufList(request, served, answer);
  const parts = listParts(request, served, answer, representation);
  const bytes = await encodeList(parts, representation, { exchange: request.exchange, turnItems: answer.chunkItems });
  sendBytes(request, 200, bytes, mediaTypes[representation.encoding]);
}

/** A list whose bytes are made for this request. */
function listParts(request: HttpRequest, served: ServedResource, { result, nowMs }: ListAnswer, { form, version }: Representation): ListParts<Stored> {
  const metadata = listMeta(result);
  const made = <T>(parts: Omit<ListParts<Stored>, 'sources' | 'item'>, item: (object: UntypedObject) => T): ListParts<Stored> => ({
    ...parts,
    sources: result.items,
    item: (stored) => {
      const rendering = render(served, stored);
      return rendering instanceof Promise ? rendering.then(({ object }) => item(object)) : item(rendering.object);
    },
  });
  switch (form) {
    case 'metadata':
      throw wrongForm('PartialObjectMetadata', served);
    case 'metadata-list': {
      const fields = { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata };
      return made({ fields, itemsField: 'items' }, (object) => partialMetadata(object, version));
    }
    case 'table': {
      const options = { version, includeObject: parseIncludeObject(request.exchange.query), nowMs, withColumns: true };
      return made({ fields: tableFields(served, { ...metadata }, options), itemsField: 'rows' }, (object) => tableRow(served, object, options));
    }
    case 'whole': {
      const fields = { kind: served.listKind, apiVersion: served.apiVersion, metadata };
      return made({ fields, itemsField: 'items' }, served.isCustom ? (object) => object : ({ kind: _, apiVersion: __, ...object }) => object);
    }
  }
}

export const listMeta = ({ revision, continueToken, remainingItemCount }: ListResult): ListMeta => ({
  resourceVersion: String(revision),
  ...(continueToken === undefined ? {} : { continue: continueToken }),
  ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
});

const yieldToOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function sendJsonList(request: HttpRequest, served: ServedResource, { result, chunkItems }: ListAnswer): Promise<void> {
  const head = Buffer.from(
    `{"kind":${JSON.stringify(served.listKind)},"apiVersion":${JSON.stringify(served.apiVersion)},"metadata":${JSON.stringify(listMeta(result))},"items":[`,
  );
  const { items, areStored } = result;
  const start = new ItemStart(served);
  if (items.length <= chunkItems && bytesOf(items) <= longBytes)
    return sendBytes(request, 200, Buffer.concat([head, ...(await joined(served, items, start)), tail]));
  const { out, skips } = openListBody(request, items, { start, headLength: head.length, areStored });
  if (request.exchange.method === 'HEAD') return void out.end();
  void request.left();
  const writer = new ChunkWriter(out);
  void writer.add(head);
  for (const [index, stored] of items.entries()) {
    const rendering = areStored ? stored : render(served, stored);
    const { bytes } = rendering instanceof Promise ? await rendering : rendering;
    const skipped = skips ? skips[index]! : start.skips(bytes);
    const separator = separatorOf(index === 0, skipped > 0);
    const separated = separator && writer.add(separator);
    if (separated) await separated;
    const waits = writer.add(bytes, skipped);
    if (waits) {
      await waits;
      if (writer.isClosed) return;
    }
  }
  await writer.add(tail);
  await writer.end();
}

/** Lists beyond this are never held as a whole, however few their items are. */
const longBytes = 256 * 1_024;

const bytesOf = (items: readonly Stored[]): number => items.reduce((total, { bytes }) => total + bytes.length, 0);

/** Items of lists of built-in kinds do not say their kind, as upstream has it; those of custom resources do. */
class ItemStart {
  /** Of what is left out; 0: nothing is. */
  readonly #length: number;
  readonly #apiVersionAt: number;

  constructor({ isCustom, kind, apiVersion }: ServedResource) {
    const kindField = `{"kind":${JSON.stringify(kind)},"`;
    this.#apiVersionAt = Buffer.byteLength(kindField);
    this.#length = isCustom ? 0 : Buffer.byteLength(`${kindField}apiVersion":${JSON.stringify(apiVersion)},`);
  }

  /** How many bytes of an object are left out, its opening brace among them. Objects begin with their type, as they are stored: a look at where its fields begin and end will do. */
  skips(bytes: Buffer): number {
    const length = this.#length;
    const isTyped =
      length > 0 &&
      bytes[2] === letterK &&
      bytes[this.#apiVersionAt] === letterA &&
      bytes[length - 2] === quote &&
      bytes[length - 1] === commaByte &&
      bytes[length] === quote;
    return isTyped ? length : 0;
  }
}

const letterA = 0x61;
const letterK = 0x6b;
const quote = 0x22;
const commaByte = 0x2c;

const comma = Buffer.from(',');
const brace = Buffer.from('{');
const commaAndBrace = Buffer.from(',{');
const tail = Buffer.from(']}\n');

const separatorOf = (isFirst: boolean, opens: boolean): Buffer | undefined => (isFirst ? (opens ? brace : undefined) : opens ? commaAndBrace : comma);

/** The items' bytes with what stands between them. */
async function joined(served: ServedResource, items: readonly Stored[], start: ItemStart): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for (const stored of items) {
    const rendering = render(served, stored);
    const { bytes } = rendering instanceof Promise ? await rendering : rendering;
    const skipped = start.skips(bytes);
    const separator = separatorOf(parts.length === 0, skipped > 0);
    if (separator) parts.push(separator);
    parts.push(skipped === 0 ? bytes : bytes.subarray(skipped));
  }
  return parts;
}

/** The length is known in advance when stored bytes are sent as they are; that spares the client the chunked encoding. `skips` are then known as well. */
function openListBody(
  request: HttpRequest,
  items: readonly Stored[],
  { start, headLength, areStored }: { start: ItemStart; headLength: number; areStored: boolean },
): { out: Writable; skips?: Uint16Array } {
  if (!areStored) return { out: openBody(request, 200, undefined, acceptsGzip(request.exchange)) };
  const skips = new Uint16Array(items.length);
  let length = headLength - 1 + tail.length;
  for (const [index, { bytes }] of items.entries()) {
    const skipped = (skips[index] = start.skips(bytes));
    length += bytes.length - skipped + (skipped > 0 ? 2 : 1);
  }
  if (acceptsGzip(request.exchange) && length > request.gzipBytes) return { out: openBody(request, 200, undefined, true), skips };
  return { out: request.exchange.open(200, { ...answerHeaders(request), 'content-length': length }), skips };
}

/** A message tells its length first: all items are encoded, those that are not yet, before the first byte goes out. */
async function sendProtobufList(request: HttpRequest, served: ServedResource, answer: ListAnswer): Promise<void> {
  const fields = await protobufFields(served, answer);
  const itemsLength = fields.reduce((total, field) => total + field.length, 0);
  const head = protobufOf(served)!.listHead(listMeta(answer.result), itemsLength);
  if (fields.length <= answer.chunkItems) return sendBytes(request, 200, Buffer.concat([head, ...fields, contentFields]), mediaTypes.protobuf);
  const length = head.length + itemsLength + contentFields.length;
  const compresses = acceptsGzip(request.exchange) && length > request.gzipBytes;
  const out = compresses
    ? openBody(request, 200, mediaTypes.protobuf, true)
    : request.exchange.open(200, { ...answerHeaders(request, mediaTypes.protobuf), 'content-length': length });
  if (request.exchange.method === 'HEAD') return void out.end();
  void request.left();
  const writer = new ChunkWriter(out);
  for (const part of [head, ...fields, contentFields]) {
    const waits = writer.add(part);
    if (waits) {
      await waits;
      if (writer.isClosed) return;
    }
  }
  await writer.end();
}

/** The items as they stand in a list. Yields while encoding many. */
async function protobufFields(served: ServedResource, { result, chunkItems }: ListAnswer): Promise<Buffer[]> {
  const protobuf = protobufOf(served)!;
  const fields: Buffer[] = [];
  for (const [index, stored] of result.items.entries()) {
    const rendering = render(served, stored);
    fields.push(protobuf.field(rendering instanceof Promise ? await rendering : rendering));
    if (index % chunkItems === chunkItems - 1) await yieldToOthers();
  }
  return fields;
}
