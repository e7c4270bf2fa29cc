import type { UntypedObject } from '../../../api/object.ts';
import type { Machinery, Target } from '../operations/context.ts';
import type { ListQuery } from '../operations/list-options.ts';
import { encodeDocument } from '../protobuf/envelope.ts';
import { watchFrame } from '../protobuf/watch-frame.ts';
import { render } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import type { EventLines, LineEncoder } from '../watch/event-lines.ts';
import { serveWatch } from '../watch/watch-stream.ts';
import type { Metrics } from './metrics.ts';
import { mediaTypes, negotiateWatch, type Representation } from './negotiate.ts';
import type { HttpRequest } from './request.ts';
import { openBody, toApiError } from './respond.ts';
import { offerOf } from './send-object.ts';
import { parseIncludeObject, partialMetadata, tableOf, wrongForm } from './table.ts';

export interface WatchDeps {
  readonly machinery: Machinery;
  readonly lines: EventLines;
  readonly metrics: Metrics;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
}

/** Answers a watch in the form the client wants: whole objects, tables of one row, or metadata; as lines of JSON or as protobuf frames. */
export function sendWatch({ machinery, lines, metrics, stopping }: WatchDeps, request: HttpRequest, target: Target, query: ListQuery): Promise<void> {
  const { served } = target;
  const representation = negotiateWatch(request.exchange.header('accept'), offerOf(served));
  const encoding = representation.encoding === 'protobuf' ? 'protobuf' : 'json';
  const event = encoding === 'protobuf' ? protobufEvent : jsonEvent;
  const transform = transformFor(representation, served, request, machinery);
  const counted =
    (encode: LineEncoder): LineEncoder =>
    (delivery) => {
      metrics.countWatchEvents(1);
      return encode(delivery);
    };
  // A conversion that failed is told in the stream: the client lists again, and learns more there.
  const telling =
    (encode: LineEncoder): LineEncoder =>
    (delivery) => {
      const line = encode(delivery);
      return line instanceof Promise ? line.catch((error: unknown) => event('ERROR', toApiError(error).toStatus())) : line;
    };
  const transformed = transform ? transformedEvents(served, transform, event) : undefined;
  return serveWatch(machinery, target, query, {
    open: () => openBody(request, 200, encoding === 'protobuf' ? `${mediaTypes.protobuf};stream=watch` : mediaTypes.json, false),
    encode: counted(telling(transformed ?? lines.encoder(served, true, encoding))),
    encodeInitial: telling(transformed ?? lines.encoder(served, false, encoding)),
    bookmark: (revision, endsInitialEvents) => {
      const object = bookmarkOf(served, revision, endsInitialEvents);
      return event('BOOKMARK', transform ? transform(object) : object);
    },
    refusal: (status) => event('ERROR', status),
    initialized: () => request.initialized?.(),
    signal: AbortSignal.any([request.signal, stopping, ...(served.definition.retired ? [served.definition.retired] : [])]),
  });
}

/** What stands in an event's place of the object. */
type Transform = (object: UntypedObject) => object;
type EncodeEvent = (type: string, object: object) => Buffer;

const jsonEvent: EncodeEvent = (type, object) => Buffer.from(`{"type":"${type}","object":${JSON.stringify(object)}}\n`);
/** What comes here has a protobuf form: the negotiation saw to that. */
const protobufEvent: EncodeEvent = (type, object) => watchFrame(type, encodeDocument(object)!);

/** Absent for whole objects, whose bytes are ready. */
function transformFor({ form, version }: Representation, served: ServedResource, request: HttpRequest, { clock }: Machinery): Transform | undefined {
  switch (form) {
    case 'whole':
      return undefined;
    case 'metadata':
      return (object) => partialMetadata(object, version);
    case 'metadata-list':
      throw wrongForm('PartialObjectMetadataList', served);
    case 'table': {
      const includeObject = parseIncludeObject(request.exchange.query);
      let withColumns = true;
      return (object) => {
        const { resourceVersion = '' } = object.metadata;
        const table = tableOf(served, object, { resourceVersion }, { version, includeObject, nowMs: clock.now(), withColumns });
        // The event that comes first carries the columns for all, a bookmark too.
        withColumns = false;
        return table;
      };
    }
  }
}

function transformedEvents(served: ServedResource, transform: Transform, event: EncodeEvent): LineEncoder {
  return ({ type, stored }) => {
    const rendering = render(served, stored);
    return rendering instanceof Promise ? rendering.then((ready) => event(type, transform(ready.object))) : event(type, transform(rendering.object));
  };
}

/** A bookmark is an empty object of the kind with the revision reached. */
function bookmarkOf(served: ServedResource, revision: number, endsInitialEvents: boolean): UntypedObject {
  const annotations = endsInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { kind: served.kind, apiVersion: served.apiVersion, metadata: { resourceVersion: String(revision), ...annotations } };
}
