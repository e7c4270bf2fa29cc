import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseYamlDocuments } from '../../src/api/yaml.ts';
import { largeCase } from './large-case.ts';

/** One request of a case; without `name` it goes to the collection. */
export interface CaseRequest {
  /** Default `GET`. */
  readonly method?: string;
  readonly name?: string;
  /** Of the API; default: that of the first object. */
  readonly version?: string;
  readonly subresource?: string;
  /** How a PATCH is to be read. */
  readonly type?: 'merge' | 'json' | 'strategic' | 'apply';
  readonly query?: string;
  readonly accept?: 'table' | 'metadata';
  readonly body?: unknown;
  /** A body that is sent as it stands. */
  readonly text?: string;
  /** To the definition, not to its objects. */
  readonly definition?: boolean;
}

export interface CorpusObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string; readonly singular?: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
  };
}

/** A definition, and what is done with it. */
export interface CorpusCase {
  readonly name: string;
  /** The definition as users write it. */
  readonly text: string;
  readonly definition: Definition;
  /** Created one after the other, strictly validated. */
  readonly objects: readonly CorpusObject[];
  /** Creates that are refused. */
  readonly refused: readonly CorpusObject[];
  /** What is asked next, in this order. */
  readonly requests: readonly CaseRequest[];
  /** What `kubectl explain` is asked for. */
  readonly explain: readonly string[];
  /** Command lines for kubectl, split at blanks, run once the objects are applied. */
  readonly kubectl: readonly string[];
}

const folder = join(import.meta.dirname, 'cases');

/** All cases of the corpus, by name. */
export function corpus(): CorpusCase[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return [...files.map((file) => readCase(basename(file, '.yaml'), readFileSync(join(folder, file), 'utf8'))), readCase('large', largeCase())];
}

function readCase(name: string, source: string): CorpusCase {
  const [definition, rest] = parseYamlDocuments(source).map(({ value }) => value);
  const { objects = [], refused = [], requests = [], explain = [], kubectl = [] } = (rest ?? {}) as Partial<CorpusCase>;
  const [text = ''] = source.split(/^---$/m);
  return { name, text, definition: definition as Definition, objects, refused, requests, explain, kubectl };
}
