import { dump } from 'js-yaml';
import { notAcceptable } from '../../../api/status.ts';
import { encodeDocument } from '../protobuf/envelope.ts';
import type { Exchange } from './exchange.ts';
import { mediaTypes, type Representation } from './negotiate.ts';

/** The bytes of an answer that is made for one request, in the encoding that was chosen. Throws ApiError 406 for a kind without a protobuf form. */
export function encodeValue(value: object, { encoding, isPretty }: Representation, exchange: Exchange): Buffer {
  switch (encoding) {
    case 'json':
      return Buffer.from(isPretty || wantsPretty(exchange) ? prettyText(value) : `${JSON.stringify(value)}\n`);
    case 'yaml':
      return Buffer.from(yamlText(value));
    case 'protobuf': {
      const bytes = encodeDocument(value);
      if (!bytes) throw notAcceptable([mediaTypes.json, mediaTypes.yaml]);
      return bytes;
    }
  }
}

export const prettyText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** As Go's YAML writer lays it out: fields in the order of their names, lists not indented, long texts on one line, words that YAML 1.1 reads as booleans quoted. */
export const yamlText = (value: object): string => dump(value, { sortKeys: true, seqNoIndent: true, lineWidth: -1, noRefs: true, quoteStyle: 'double' });

/** People with curl or a browser get indented JSON unasked, as upstream gives it. */
export function wantsPretty(exchange: Exchange): boolean {
  const pretty = exchange.query.get('pretty');
  if (pretty) return parsedTrue.has(pretty);
  const agent = exchange.header('user-agent');
  return agent !== undefined && (agent.startsWith('curl') || agent.startsWith('Wget') || agent.startsWith('Mozilla/5.0'));
}

/** What Go's `strconv.ParseBool` takes for true. */
const parsedTrue: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
