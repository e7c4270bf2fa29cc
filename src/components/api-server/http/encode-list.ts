import { messageEncoder } from '../protobuf/encode-message.ts';
import { contentFields, documentHead, encoded } from '../protobuf/envelope.ts';
import { prettyText, wantsPretty, yamlText } from './encode-value.ts';
import type { Exchange } from './exchange.ts';
import type { Representation } from './negotiate.ts';

/** A list whose items are made for one request. */
export interface ListParts<T> {
  /** All of the list but its items: kind and apiVersion among them. */
  readonly fields: { readonly kind: string; readonly apiVersion: string } & Readonly<Record<string, unknown>>;
  /** `items`, or `rows` of a Table. */
  readonly itemsField: string;
  readonly sources: readonly T[];
  /** The item of a source; a promise when a conversion leaves the process. */
  item(source: T): unknown;
}

/** The bytes of such a list. Other work gets its turn after every `turnItems` items: there may be very many. */
export async function encodeList<T>(
  parts: ListParts<T>,
  { encoding, isPretty }: Representation,
  { exchange, turnItems }: { exchange: Exchange; turnItems: number },
): Promise<Buffer> {
  if (encoding === 'protobuf') return protobufList(parts, turnItems);
  const layout = encoding === 'yaml' ? yamlLayout : isPretty || wantsPretty(exchange) ? prettyLayout : plainLayout;
  const { head, separator, tail, text } = layout(parts);
  const texts = await inTurns(parts, turnItems, text);
  return Buffer.from(`${head}${texts.join(separator)}${tail}`);
}

async function inTurns<T, R>({ sources, item }: ListParts<T>, turnItems: number, encode: (item: unknown) => R): Promise<R[]> {
  const results: R[] = [];
  for (const source of sources) {
    const made = item(source);
    results.push(encode(made instanceof Promise ? await made : made));
    if (results.length % turnItems === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return results;
}

/** A list without its items; how many there are counts. */
type ListFrame = Pick<ListParts<unknown>, 'fields' | 'itemsField' | 'sources'>;

/** What stands around and between the items, and how one is written. */
interface Layout {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  readonly text: (item: unknown) => string;
}

const plainLayout = ({ fields, itemsField }: ListFrame): Layout => ({
  head: `${JSON.stringify(fields).slice(0, -1)},${JSON.stringify(itemsField)}:[`,
  separator: ',',
  tail: ']}\n',
  text: (item) => JSON.stringify(item),
});

/** A line break inside of JSON is never inside of one of its texts: indenting the lines of an item changes nothing it says. */
function prettyLayout({ fields, itemsField, sources }: ListFrame): Layout {
  const margin = '\n    ';
  const head = `${prettyText(fields).slice(0, -'\n}\n'.length)},\n  ${JSON.stringify(itemsField)}: [`;
  if (sources.length === 0) return { head, separator: '', tail: ']\n}\n', text: String };
  return {
    head: `${head}${margin}`,
    separator: `,${margin}`,
    tail: '\n  ]\n}\n',
    text: (item) => prettyText(item).trimEnd().replaceAll('\n', margin),
  };
}

/** Fields in the order of their names, the items among them. */
function yamlLayout({ fields, itemsField, sources }: ListFrame): Layout {
  const field = (name: string): string => yamlText({ [name]: fields[name] });
  const names = Object.keys(fields).sort();
  const before = names.filter((name) => name < itemsField).map(field);
  const after = names.filter((name) => name > itemsField).map(field);
  const items = sources.length === 0 ? `${itemsField}: []\n` : `${itemsField}:\n`;
  return { head: `${before.join('')}${items}`, separator: '', tail: after.join(''), text: (item) => yamlText([item]) };
}

/** Of lists that are made for a request only PartialObjectMetadataList has a protobuf form. Its older version numbers its fields the other way round. */
async function protobufList<T>(parts: ListParts<T>, turnItems: number): Promise<Buffer> {
  const { apiVersion, kind, metadata } = parts.fields;
  const [metadataField, itemsField] = apiVersion.endsWith('/v1beta1') ? [2, 1] : [1, 2];
  const field = (number: number, message: string, value: unknown): Buffer =>
    encoded((writer) => {
      const before = writer.length;
      messageEncoder(message).write(writer, value);
      writer.delimit(number, before);
    });
  const items = await inTurns(parts, turnItems, (item) => field(itemsField, 'meta-v1.PartialObjectMetadata', item));
  const content = [field(metadataField, 'meta-v1.ListMeta', metadata), ...items];
  const raw = content.reduce((total, { length }) => total + length, 0);
  const length = encoded((writer) => writer.delimit(2, writer.length - raw));
  return Buffer.concat([documentHead({ apiVersion, kind }), length, ...(metadataField === 1 ? content : [...items, content[0]!]), contentFields]);
}
