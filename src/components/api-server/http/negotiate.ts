import { notAcceptable } from '../../../api/status.ts';
import { protobufMediaType } from '../protobuf/envelope.ts';

/** The form a client wants an answer in. */
export interface Representation {
  readonly encoding: 'json' | 'yaml' | 'protobuf';
  /** What stands for the object: itself, a Table, PartialObjectMetadata, or a list of that. */
  readonly form: 'whole' | 'table' | 'metadata' | 'metadata-list';
  /** Of the Table or the metadata: `v1` or `v1beta1`; `''` for whole objects. */
  readonly version: string;
  /** Indented JSON, asked for in the header itself. */
  readonly isPretty: boolean;
}

/** Which forms an answer has besides JSON and YAML. */
export interface Offer {
  /** Whole objects; metadata has a protobuf form always. */
  readonly protobuf: boolean;
  readonly table: boolean;
  readonly metadata: boolean;
  /** Remembered choices by Accept header. */
  readonly choices: Map<string, Representation | undefined>;
}

/** Makes an offer; one is shared by all requests for the same. */
export const offer = (forms: { readonly protobuf: boolean; readonly table: boolean; readonly metadata: boolean }): Offer => ({ ...forms, choices: new Map() });

/** What nearly every client gets; always this very object, so that senders of ready bytes know it at a glance. */
export const plainJson: Representation = { encoding: 'json', form: 'whole', version: '', isPretty: false };

/** Listed in refusals, also where one of them is not offered: upstream names what its serializers know. */
export const mediaTypes = { json: 'application/json', yaml: 'application/yaml', protobuf: protobufMediaType } as const;
const answerTypes = Object.values(mediaTypes);
const watchTypes = [`${mediaTypes.json};stream=watch`, `${mediaTypes.protobuf};stream=watch`];

const longestAccept = 4_096;
const mostClauses = 64;
const rememberedHeaders = 256;

/** Chooses by the Accept header. Throws ApiError 406 when nothing that is offered will do. */
export function negotiate(accept: string | undefined, offered: Offer): Representation {
  if (accept === undefined || accept === '' || accept === mediaTypes.json || accept === '*/*') return plainJson;
  const chosen = choose(accept, offered);
  if (!chosen) throw notAcceptable(answerTypes);
  return chosen;
}

/** The same for watches, which have no YAML form. */
export function negotiateWatch(accept: string | undefined, offered: Offer): Representation {
  const chosen = negotiate(accept, offered);
  if (chosen.encoding === 'yaml') throw notAcceptable(watchTypes);
  return chosen;
}

/** Undefined when nothing will do. */
export function choose(accept: string, offered: Offer): Representation | undefined {
  const { choices } = offered;
  const known = choices.get(accept);
  if (known || choices.has(accept)) return known;
  const chosen = firstAcceptable(parseAccept(accept.slice(0, longestAccept)), offered);
  if (choices.size >= rememberedHeaders) choices.clear();
  choices.set(accept, chosen);
  return chosen;
}

interface Clause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Clauses in order of preference: by quality, the more particular first, then as they stand. What is no media range is passed over. */
function parseAccept(accept: string): Clause[] {
  const clauses: Clause[] = [];
  for (const text of accept.split(',', mostClauses)) {
    const clause = parseClause(text);
    if (!clause) continue;
    let at = clauses.length;
    while (at > 0 && isPreferred(clause, clauses[at - 1]!)) at--;
    clauses.splice(at, 0, clause);
  }
  return clauses;
}

/** Upstream's order: a more particular range comes before a wildcard whatever their qualities, once they meet. */
const isPreferred = (left: Clause, right: Clause): boolean =>
  left.quality > right.quality || (left.type !== '*' && right.type === '*') || (left.subtype !== '*' && right.subtype === '*');

function parseClause(text: string): Clause | undefined {
  const [range = '', ...rest] = text.split(';').map((part) => part.trim());
  const [type = '', subtype = type === '*' ? '*' : undefined, more] = range.split('/').map((part) => part.trim());
  if (subtype === undefined || subtype === '' || more !== undefined) return undefined;
  const parameters = new Map<string, string>();
  let quality = 1;
  for (const part of rest) {
    const [name = '', value = '', extra] = part.split('=').map((side) => side.trim());
    if (value === '' || extra !== undefined) continue;
    if (name === 'q') quality = Number.isNaN(Number(value)) ? 0 : Number(value);
    else parameters.set(name, value);
  }
  return { type, subtype, quality, parameters };
}

const encodings = [
  { encoding: 'json', subtype: 'json' },
  { encoding: 'yaml', subtype: 'yaml' },
  { encoding: 'protobuf', subtype: 'vnd.kubernetes.protobuf' },
] as const;

function firstAcceptable(clauses: readonly Clause[], offered: Offer): Representation | undefined {
  for (const clause of clauses) {
    for (const { encoding, subtype } of encodings) {
      const isMatch = clause.type === '*' ? clause.subtype === '*' : clause.type === 'application' && (clause.subtype === '*' || clause.subtype === subtype);
      const representation = isMatch ? representationOf(encoding, clause.parameters, offered) : undefined;
      if (representation) return representation;
    }
  }
  return undefined;
}

/** Undefined when the parameters ask for what this encoding, or this resource, does not have. Parameters that are not known do not count. */
function representationOf(encoding: Representation['encoding'], parameters: ReadonlyMap<string, string>, offered: Offer): Representation | undefined {
  const stream = parameters.get('stream');
  if (stream !== undefined && (stream !== 'watch' || encoding === 'yaml')) return undefined;
  const serverVersion = parameters.get('sv');
  if (serverVersion !== undefined && serverVersion !== 'v1') return undefined;
  const isPretty = parameters.get('pretty') === '1';
  const [as, group, version] = ['as', 'g', 'v'].map((name) => parameters.get(name));
  if (as === undefined && group === undefined && version === undefined) {
    if (encoding === 'json' && !isPretty) return plainJson;
    return encoding !== 'protobuf' || offered.protobuf ? { encoding, form: 'whole', version: '', isPretty } : undefined;
  }
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  const form = as === 'Table' ? 'table' : as === 'PartialObjectMetadata' ? 'metadata' : as === 'PartialObjectMetadataList' ? 'metadata-list' : undefined;
  if (form === undefined || !(form === 'table' ? offered.table && encoding !== 'protobuf' : offered.metadata)) return undefined;
  return { encoding, form, version, isPretty };
}
