import { createHash } from 'node:crypto';
import type { CaseRequest, CorpusCase } from './case.ts';
import { comparable, readJson } from './comparable.ts';

/** What a server answered; `warning` and `body` without what differs from run to run. */
export interface Answer {
  readonly code: number;
  readonly warning?: string;
  readonly body?: unknown;
}

export interface RawAnswer {
  readonly code: number;
  readonly warning: string | undefined;
  readonly text: string;
}

/** Sends one request to a server as its administrator. */
export type Send = (method: string, path: string, body: string | undefined, headers: Readonly<Record<string, string>>) => Promise<RawAnswer>;

export type Answers = Record<string, Answer>;

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const acceptTypes = {
  table: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  metadata: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
};

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Longer answers are kept as a digest. */
const maximumKept = 6_000;

/** Creates the definition of a case and waits until it is served. */
export async function define(send: Send, { definition }: CorpusCase): Promise<void> {
  const { code, text } = await send('POST', `${definitions}?fieldManager=corpus`, JSON.stringify(definition), { 'content-type': 'application/json' });
  if (code !== 201) throw new Error(`${definition.metadata.name}: ${text}`);
}

/** Everything that the API is asked about one case whose definition is there; leaves the definition and no objects. */
export async function runCase(send: Send, corpusCase: CorpusCase): Promise<Answers> {
  const { definition, objects, refused, requests } = corpusCase;
  const { group, names, versions } = definition.spec;
  const answers: Answers = {};
  const ask = async (title: string, request: CaseRequest): Promise<void> => {
    answers[title in answers ? `${title} again` : title] = await answerTo(send, corpusCase, request);
  };
  await ask('the definition', { definition: true });
  await ask('the definition as a table', { definition: true, accept: 'table', query: 'includeObject=None' });
  for (const { name, served } of versions) {
    if (!served) continue;
    answers[`discovery of ${name}`] = read(await send('GET', `/apis/${group}/${name}`, undefined, {}), (body) => ofResource(body, names.plural));
    answers[`schemas of ${name}`] = read(await send('GET', `/openapi/v3/apis/${group}/${name}`, undefined, {}), (body) => schemasOf(body, names.kind));
  }
  for (const object of objects) {
    await ask(`create ${object.metadata.name}`, {
      method: 'POST',
      version: versionOf(object),
      query: 'fieldManager=corpus&fieldValidation=Strict',
      body: object,
    });
  }
  for (const [index, object] of refused.entries()) {
    await ask(`refused ${index}`, { method: 'POST', version: versionOf(object), query: 'fieldManager=corpus&fieldValidation=Strict', body: object });
  }
  await ask('table', { accept: 'table', query: 'includeObject=None' });
  await ask('metadata', { accept: 'metadata' });
  for (const [index, request] of requests.entries()) await ask(`request ${index}: ${titleOf(request)}`, request);
  const [first] = objects;
  if (first) {
    const { name } = first.metadata;
    await ask('strategic merge patch', { method: 'PATCH', name, type: 'strategic', body: { metadata: { labels: { a: 'b' } } } });
    await ask('apply', { method: 'PATCH', name, type: 'apply', query: 'fieldManager=applier&force=true', body: first });
    await ask('dry run', {
      method: 'PATCH',
      name,
      type: 'merge',
      query: 'dryRun=All&fieldManager=corpus',
      body: { metadata: { annotations: { dry: 'run' } } },
    });
    await ask('delete', { method: 'DELETE', name });
  }
  await ask('delete collection', { method: 'DELETE' });
  await ask('nothing is left', {});
  return answers;
}

const versionOf = ({ apiVersion }: { apiVersion: string }): string => apiVersion.slice(apiVersion.indexOf('/') + 1);

const titleOf = ({ method = 'GET', name, subresource, type, query }: CaseRequest): string =>
  [method, type, [name, subresource].filter(Boolean).join('/'), query].filter(Boolean).join(' ');

async function answerTo(send: Send, { definition, objects }: CorpusCase, request: CaseRequest): Promise<Answer> {
  const { method = 'GET', name, subresource, type, query, accept, body, text } = request;
  const { group, scope, names, versions } = definition.spec;
  const version = request.version ?? (objects[0] ? versionOf(objects[0]) : versions.find(({ storage }) => storage)!.name);
  const collection = scope === 'Cluster' ? `/apis/${group}/${version}/${names.plural}` : `/apis/${group}/${version}/namespaces/default/${names.plural}`;
  const object = request.definition ? `${definitions}/${definition.metadata.name}` : name ? `${collection}/${name}` : collection;
  const path = `${object}${subresource ? `/${subresource}` : ''}${query ? `?${query}` : ''}`;
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const raw = await send(method, path, content, {
    ...(content === undefined ? {} : { 'content-type': type ? patchTypes[type] : 'application/json' }),
    ...(accept ? { accept: acceptTypes[accept] } : {}),
  });
  return read(raw, comparable);
}

function read({ code, warning, text }: RawAnswer, part: (body: unknown) => unknown): Answer {
  // Where nothing is served, upstream answers in plain text.
  const body = code === 404 && !text.includes('\\" not found') ? undefined : part(readJson(text));
  const length = JSON.stringify(body)?.length ?? 0;
  const kept = length > maximumKept ? { digest: digestOf(body) } : body;
  return { code, ...(warning === undefined ? {} : { warning }), body: kept };
}

const digestOf = (body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(body)))
    .digest('hex');

/** With the fields of every object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Other definitions of the group are not part of a case. */
function ofResource(body: any, plural: string): unknown {
  const { resources, ...rest } = body ?? {};
  const own = resources?.filter(({ name }: { name: string }) => name === plural || name.startsWith(`${plural}/`));
  // The order of resources and verbs says nothing.
  own?.sort((left: { name: string }, right: { name: string }) => (left.name < right.name ? -1 : 1));
  return { ...rest, resources: own?.map((resource: { verbs: string[] }) => ({ ...resource, verbs: resource.verbs.toSorted() })) };
}

function schemasOf(body: any, kind: string): unknown {
  const schemas = Object.entries<any>(body?.components?.schemas ?? {});
  const own = schemas.filter(([, schema]) =>
    schema?.['x-kubernetes-group-version-kind']?.some((of: { kind: string }) => of.kind === kind || of.kind === `${kind}List`),
  );
  return withoutDescriptions(Object.fromEntries(own.filter(([name]) => !name.startsWith('io.k8s.apimachinery'))));
}

const described = new Set(['apiVersion', 'kind', 'metadata', 'items']);

/** Wherry describes the fields of every object in its own words. */
function withoutDescriptions(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutDescriptions(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([field, inner]) => !(described.has(name) && field === 'description' && typeof inner === 'string'));
  return Object.fromEntries(entries.map(([field, inner]) => [field, withoutDescriptions(inner, field)]));
}
