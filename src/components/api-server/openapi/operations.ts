/** The operations a group-version offers, from the shapes of its resources; without the form of an OpenAPI version. */
import { kindSchema } from '../../../api/built-in-schemas.ts';
import { subresourcesOf } from '../../../extension-points/resources/subresources.ts';
import type { KindName, ResourceShape, SubresourceShape } from '../discovery/resource-shapes.ts';
import type { Parameter } from './parameters.ts';
import {
  deleteCollectionParameters,
  deleteParameters,
  listParameters,
  logParameters,
  nameParameter,
  namespaceParameter,
  patchParameters,
  pathParameter,
  prettyParameter,
  writeParameters,
} from './parameters.ts';

export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  /** `x-kubernetes-action`. */
  readonly action: string;
  readonly id: string;
  readonly tag: string;
  readonly kind: KindName;
  readonly parameters: readonly Parameter[];
  readonly body?: 'patch' | 'deleteOptions' | KindName;
  /** Custom resources take no strategic merge patches: kubectl chooses by what is offered here. */
  readonly isCustom: boolean;
  /** A stream or a proxied answer has no schema. */
  readonly answer: 'status' | 'text' | KindName;
  readonly answerCodes: readonly number[];
}

export interface PathItem {
  readonly path: string;
  /** Those that all operations have. */
  readonly parameters: readonly Parameter[];
  readonly operations: readonly Operation[];
}

/** The paths of the resources of one group-version. */
export function pathItems(group: string, version: string, resources: readonly ResourceShape[]): PathItem[] {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return resources.flatMap((resource) => resourcePaths(base, resource)).filter(({ operations }) => operations.length > 0);
}

/** `core_v1`, `rbacAuthorization_v1`. */
export const tagOf = ({ group, version }: KindName): string => `${groupWord(group)}_${version}`;

function groupWord(group: string): string {
  const words = (group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')).split(/[.-]/);
  return words.map((word, index) => (index === 0 ? word : capital(word))).join('');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function resourcePaths(base: string, shape: ResourceShape): PathItem[] {
  const { definition } = shape;
  const scope = definition.namespaced ? `${base}/namespaces/{namespace}` : base;
  const scopeParameters = definition.namespaced ? [namespaceParameter, prettyParameter] : [prettyParameter];
  const named = [nameParameter(definition.kind), ...scopeParameters];
  const collection = `${scope}/${definition.resource}`;
  const all: PathItem[] =
    definition.namespaced && shape.verbs.includes('list')
      ? [{ path: `${base}/${definition.resource}`, parameters: [prettyParameter], operations: [listOperation(shape, 'ForAllNamespaces')] }]
      : [];
  return [
    ...all,
    { path: collection, parameters: scopeParameters, operations: collectionOperations(shape) },
    { path: `${collection}/{name}`, parameters: named, operations: objectOperations(shape) },
    ...shape.subresources.flatMap((sub) => subresourcePaths(`${collection}/{name}`, named, shape, sub)),
  ];
}

const isCustom = (shape: ResourceShape): boolean => kindSchema(shape.kind) === undefined;

/** `CoreV1`, as it stands in operation ids. */
const idPrefix = ({ group, version }: KindName): string => `${capital(groupWord(group))}${capital(version)}`;
const idSubject = ({ definition, kind }: ResourceShape): string => `${definition.namespaced ? 'Namespaced' : ''}${kind.kind}`;
const listKind = ({ definition, kind }: ResourceShape): KindName => ({ ...kind, kind: definition.listKind ?? `${kind.kind}List` });

function listOperation(shape: ResourceShape, suffix: string): Operation {
  const subject = suffix === '' ? idSubject(shape) : shape.kind.kind;
  return {
    method: 'get',
    action: 'list',
    id: `list${idPrefix(shape.kind)}${subject}${suffix}`,
    tag: tagOf(shape.kind),
    kind: shape.kind,
    isCustom: isCustom(shape),
    parameters: listParameters,
    answer: listKind(shape),
    answerCodes: [200],
  };
}

function collectionOperations(shape: ResourceShape): Operation[] {
  const { kind, verbs } = shape;
  const common = { tag: tagOf(kind), kind, isCustom: isCustom(shape) };
  const operations: Operation[] = [];
  if (verbs.includes('list')) operations.push(listOperation(shape, ''));
  if (verbs.includes('create'))
    operations.push({
      ...common,
      method: 'post',
      action: 'post',
      id: `create${idPrefix(kind)}${idSubject(shape)}`,
      parameters: writeParameters,
      body: kind,
      answer: kind,
      answerCodes: [200, 201, 202],
    });
  if (verbs.includes('deletecollection')) {
    operations.push({
      ...common,
      method: 'delete',
      action: 'deletecollection',
      id: `delete${idPrefix(kind)}Collection${idSubject(shape)}`,
      parameters: deleteCollectionParameters,
      body: 'deleteOptions',
      answer: 'status',
      answerCodes: [200],
    });
  }
  return operations;
}

function objectOperations(shape: ResourceShape): Operation[] {
  const { kind, verbs } = shape;
  const suffix = `${idPrefix(kind)}${idSubject(shape)}`;
  const operations = readAndWrite({ kind, shape, verbs, suffix });
  if (verbs.includes('delete')) {
    operations.push({
      tag: tagOf(kind),
      kind,
      isCustom: isCustom(shape),
      method: 'delete',
      action: 'delete',
      id: `delete${suffix}`,
      parameters: deleteParameters,
      body: 'deleteOptions',
      answer: 'status',
      answerCodes: [200, 202],
    });
  }
  return operations;
}

/** Get, put and patch of an object or of a part of it. */
function readAndWrite({ kind, shape, verbs, suffix }: { kind: KindName; shape: ResourceShape; verbs: readonly string[]; suffix: string }): Operation[] {
  const common = { tag: tagOf(shape.kind), kind, isCustom: isCustom(shape), answer: kind };
  const operations: Operation[] = [];
  if (verbs.includes('get')) operations.push({ ...common, method: 'get', action: 'get', id: `read${suffix}`, parameters: [], answerCodes: [200] });
  if (verbs.includes('update'))
    operations.push({ ...common, method: 'put', action: 'put', id: `replace${suffix}`, parameters: writeParameters, body: kind, answerCodes: [200, 201] });
  if (verbs.includes('patch'))
    operations.push({ ...common, method: 'patch', action: 'patch', id: `patch${suffix}`, parameters: patchParameters, body: 'patch', answerCodes: [200, 201] });
  return operations;
}

function subresourcePaths(objectPath: string, parameters: readonly Parameter[], shape: ResourceShape, sub: SubresourceShape): PathItem[] {
  const path = `${objectPath}/${sub.name}`;
  const ending = capital(sub.name);
  const suffix = `${idPrefix(shape.kind)}${idSubject(shape)}${ending}`;
  switch (subresourcesOf(shape.definition, shape.version)[sub.name]?.kind) {
    case 'connect': {
      const item = { path, parameters, operations: connectOperations(shape, sub, ending) };
      return sub.name === 'proxy'
        ? [item, { path: `${path}/{path}`, parameters: [...parameters, pathParameter], operations: connectOperations(shape, sub, `${ending}WithPath`) }]
        : [item];
    }
    case 'create':
      return [
        {
          path,
          parameters,
          operations: [
            {
              method: 'post',
              action: 'post',
              id: `create${suffix}`,
              tag: tagOf(shape.kind),
              kind: sub.kind,
              isCustom: isCustom(shape),
              parameters: writeParameters,
              body: sub.kind,
              answer: sub.kind,
              answerCodes: [200, 201, 202],
            },
          ],
        },
      ];
    default:
      return [{ path, parameters, operations: readAndWrite({ kind: sub.kind, shape, verbs: sub.verbs, suffix }) }];
  }
}

const methodOfVerb: Readonly<Record<string, Operation['method']>> = { get: 'get', create: 'post', update: 'put', patch: 'patch', delete: 'delete' };

function connectOperations(shape: ResourceShape, sub: SubresourceShape, ending: string): Operation[] {
  const isLog = sub.name === 'log';
  const subject = `${idSubject(shape)}${ending}`;
  return sub.verbs.map((verb) => {
    const method = methodOfVerb[verb] ?? 'get';
    const id = isLog ? `read${idPrefix(shape.kind)}${subject}` : `connect${idPrefix(shape.kind)}${capital(method)}${subject}`;
    return {
      method,
      action: isLog ? 'get' : 'connect',
      id,
      tag: tagOf(shape.kind),
      kind: sub.kind,
      isCustom: isCustom(shape),
      parameters: isLog ? logParameters : [],
      answer: 'text',
      answerCodes: [200],
    };
  });
}
