import type { Writable } from 'node:stream';
import type { ListMeta } from '../../../api/generated/meta-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { ListResult } from '../operations/list.ts';
import { render } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import type { Stored } from '../store/contract.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { HttpRequest } from './request.ts';
import { acceptsGzip, answerHeaders, openBody, sendBytes } from './respond.ts';
import { representationFor, sendValue, sendYaml, wantsPretty } from './send-object.ts';
import { parseIncludeObject, partialMetadata, tableOf } from './table.ts';

export interface ListAnswer {
  readonly result: ListResult;
  readonly nowMs: number;
  /** Items joined at once. */
  readonly chunkItems: number;
}

/** Answers with a list in the form the client wants. Plain JSON joins stored bytes in chunks, with back-pressure, yielding to other requests. */
export async function sendList(request: HttpRequest, served: ServedResource, answer: ListAnswer): Promise<void> {
  const representation = representationFor(request, served);
  if (representation.kind === 'json' && !wantsPretty(request)) return sendJsonList(request, served, answer);
  const metadata = listMeta(answer.result);
  const objects = await objectsOf(served, answer);
  switch (representation.kind) {
    case 'table': {
      const options = { version: representation.version, includeObject: parseIncludeObject(request.exchange.query), nowMs: answer.nowMs, withColumns: true };
      return sendValue(request, 200, tableOf(served, objects, { ...metadata }, options), representation);
    }
    case 'metadata': {
      const { version } = representation;
      return sendValue(
        request,
        200,
        { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata, items: objects.map((object) => partialMetadata(object, version)) },
        representation,
        true,
      );
    }
    default: {
      const list = { kind: served.listKind, apiVersion: served.apiVersion, metadata, items: objects };
      return representation.kind === 'yaml' ? sendYaml(request, 200, list) : sendValue(request, 200, list, representation);
    }
  }
}

export const listMeta = ({ revision, continueToken, remainingItemCount }: ListResult): ListMeta => ({
  resourceVersion: String(revision),
  ...(continueToken === undefined ? {} : { continue: continueToken }),
  ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
});

/** The items in their served version. Yields while reading many, since objects are parsed when first touched. */
async function objectsOf(served: ServedResource, { result, chunkItems }: ListAnswer): Promise<UntypedObject[]> {
  const objects: UntypedObject[] = [];
  for (const [index, stored] of result.items.entries()) {
    const rendering = render(served, stored);
    objects.push((rendering instanceof Promise ? await rendering : rendering).object);
    if (index % (chunkItems * 8) === chunkItems * 8 - 1) await yieldToOthers();
  }
  return objects;
}

const yieldToOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function sendJsonList(request: HttpRequest, served: ServedResource, { result, chunkItems }: ListAnswer): Promise<void> {
  const head = Buffer.from(
    `{"kind":${JSON.stringify(served.listKind)},"apiVersion":${JSON.stringify(served.apiVersion)},"metadata":${JSON.stringify(listMeta(result))},"items":[`,
  );
  const { items } = result;
  if (items.length <= chunkItems) return sendBytes(request, 200, Buffer.concat([head, ...(await joined(served, items)), tail]));
  const out = openListBody(request, served, items, head.length);
  if (request.exchange.method === 'HEAD') return void out.end();
  const writer = new ChunkWriter(out);
  void writer.add(head);
  for (const [index, stored] of items.entries()) {
    const rendering = render(served, stored);
    const { bytes } = rendering instanceof Promise ? await rendering : rendering;
    const separated = index > 0 ? writer.add(comma) : undefined;
    if (separated) await separated;
    const waits = writer.add(bytes);
    if (waits) {
      await waits;
      if (writer.isClosed) return;
    }
  }
  await writer.add(tail);
  await writer.end();
}

const comma = Buffer.from(',');
const tail = Buffer.from(']}\n');

/** The items' bytes with commas between them. */
async function joined(served: ServedResource, items: readonly Stored[]): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for (const stored of items) {
    const rendering = render(served, stored);
    const { bytes } = rendering instanceof Promise ? await rendering : rendering;
    if (parts.length > 0) parts.push(comma);
    parts.push(bytes);
  }
  return parts;
}

/** The length is known in advance when stored bytes are sent as they are; that spares the client the chunked encoding. */
function openListBody(request: HttpRequest, served: ServedResource, items: readonly Stored[], headLength: number): Writable {
  const isStoredForm = served.storage === served;
  const length = isStoredForm ? items.reduce((total, stored) => total + stored.bytes.length + 1, headLength + tail.length - 1) : undefined;
  if (acceptsGzip(request.exchange) && (length ?? Infinity) > request.gzipBytes) return openBody(request, 200, undefined, true);
  const headers = answerHeaders(request);
  if (length !== undefined) headers['content-length'] = length;
  return request.exchange.open(200, headers);
}
