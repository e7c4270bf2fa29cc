import type { UntypedObject } from '../../../api/object.ts';
import { protobufOf } from '../protobuf/object-protobuf.ts';
import type { Rendering } from '../rendering.ts';
import type { ServedResource } from '../resource-index.ts';
import { requestTurns } from '../turns.ts';
import { encodeValue, prettyText, wantsPretty } from './encode-value.ts';
import { yamlInTurns } from './long-yaml.ts';
import { mediaTypes, negotiate, type Offer, offer, plainJson, type Representation } from './negotiate.ts';
import type { HttpRequest } from './request.ts';
import { sendBytes } from './respond.ts';
import { parseIncludeObject, partialMetadata, scaleColumns, type TableOptions, tableOf, tableWith, wrongForm } from './table.ts';

/** Objects with longer JSON are written as YAML in turns. */
const longBytes = 16_384;

/** Built-in kinds; and what is no stored object may still be asked for in one of their forms. */
const everyOffer = offer({ protobuf: true, table: true, metadata: true });
/** Custom resources have no protobuf form, but their metadata has. */
const customOffer = offer({ protobuf: false, table: true, metadata: true });
const reviewOffer = offer({ protobuf: true, table: false, metadata: true });
const customReviewOffer = offer({ protobuf: false, table: false, metadata: true });
const plainOffer = offer({ protobuf: true, table: false, metadata: false });

/** What objects of a resource can be answered as. Reviews have no tables (406). */
export function offerOf(served: ServedResource): Offer {
  const hasProtobuf = protobufOf(served) !== undefined;
  if (served.definition.review) return hasProtobuf ? reviewOffer : customReviewOffer;
  return hasProtobuf ? everyOffer : customOffer;
}

/** The form this request's answer takes. Throws ApiError 406: to be asked before anything is changed. */
export function representationFor(request: HttpRequest, served: ServedResource): Representation {
  const accept = request.exchange.header('accept');
  return accept === undefined || accept === mediaTypes.json || accept === '*/*' ? plainJson : negotiate(accept, offerOf(served));
}

/** Throws ApiError 406 when the client takes no form of an answer that is not of a served kind. */
export const requirePlainForm = (request: HttpRequest): void => void negotiate(request.exchange.header('accept'), plainOffer);

/** The same for a Scale. */
export const requireScaleForm = (request: HttpRequest): void => void negotiate(request.exchange.header('accept'), everyOffer);

/** Answers with one object of a served kind in the form the client wants. */
export async function sendObject(
  request: HttpRequest,
  status: number,
  served: ServedResource,
  { rendering, nowMs }: { rendering: Rendering; nowMs: number },
): Promise<void> {
  const representation = representationFor(request, served);
  if (representation === plainJson) return sendJson(request, status, rendering.bytes);
  const { form, encoding, version } = representation;
  switch (form) {
    case 'whole':
      if (encoding === 'protobuf') return sendBytes(request, status, protobufOf(served)!.document(rendering), mediaTypes.protobuf);
      if (encoding === 'json') return sendJson(request, status, rendering.bytes, representation.isPretty);
      if (encoding === 'yaml' && rendering.bytes.length > longBytes)
        return sendBytes(request, status, Buffer.from(await yamlInTurns(rendering.object, requestTurns)), mediaTypes.yaml);
      return sendValue(request, status, rendering.object, representation);
    case 'metadata':
      return sendValue(request, status, partialMetadata(rendering.object, version), representation);
    case 'metadata-list':
      throw wrongForm('PartialObjectMetadataList', served);
    case 'table': {
      const table = tableOf(served, rendering.object, resourceVersionOf(rendering.object), tableOptions(request, version, nowMs));
      return sendValue(request, status, table, representation);
    }
  }
}

/** Answers with an object that is not of a served kind (Status, TokenRequest): itself, also to a client that asked for a Table of what it deleted. */
export async function sendPlain(request: HttpRequest, status: number, value: object): Promise<void> {
  sendValue(request, status, value, negotiate(request.exchange.header('accept'), everyOffer));
}

/** Answers with a Scale, which has a table of its own. */
export async function sendScale(request: HttpRequest, scale: UntypedObject, nowMs: number): Promise<void> {
  const representation = negotiate(request.exchange.header('accept'), everyOffer);
  const { form, version } = representation;
  switch (form) {
    case 'whole':
      return sendValue(request, 200, scale, representation);
    case 'metadata':
      return sendValue(request, 200, partialMetadata(scale, version), representation);
    case 'metadata-list':
      throw wrongForm('PartialObjectMetadataList', { group: 'autoscaling', kind: 'Scale', listKind: '', isCustom: false });
    case 'table':
      return sendValue(request, 200, tableWith(scaleColumns, scale, resourceVersionOf(scale), tableOptions(request, version, nowMs)), representation);
  }
}

const resourceVersionOf = ({ metadata: { resourceVersion } }: UntypedObject): { resourceVersion?: string } => (resourceVersion ? { resourceVersion } : {});

const tableOptions = (request: HttpRequest, version: string, nowMs: number): TableOptions => ({
  version,
  includeObject: parseIncludeObject(request.exchange.query),
  nowMs,
  withColumns: true,
});

/** Answers with a value that was made for this request. */
export function sendValue(request: HttpRequest, status: number, value: object, representation: Representation): void {
  sendBytes(request, status, encodeValue(value, representation, request.exchange), mediaTypes[representation.encoding]);
}

export function sendJson(request: HttpRequest, status: number, bytes: Buffer, isPretty = false): void {
  sendBytes(request, status, isPretty || wantsPretty(request.exchange) ? Buffer.from(prettyText(JSON.parse(bytes.toString()))) : bytes);
}
