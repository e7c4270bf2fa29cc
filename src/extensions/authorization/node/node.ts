import { parseFieldSelector } from '../../../api/field-selector.ts';
import type { PolicyRule } from '../../../api/generated/rbac-v1.ts';
import type { ObservableLookup } from '../../../extension-points/admission/lookup.ts';
import { nodeNameOf } from '../../../extension-points/authentication/node-identity.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../../../extension-points/authorization/contract.ts';
import { ruleAllows } from '../../../extension-points/authorization/policy-rules.ts';
import { NodeGraph, type RelatedKind } from './node-graph.ts';

export interface NodeAuthorizerDependencies {
  readonly lookup: ObservableLookup;
  /** What every node may do where nothing narrower is said here: the rules of the cluster role `system:node`. */
  readonly rules: readonly PolicyRule[];
}

type Resource = NonNullable<AuthorizationAttributes['resource']>;
interface Question {
  readonly node: string;
  readonly verb: string;
  readonly resource: Resource;
  readonly name: string;
  readonly fieldSelector: string;
  readonly graph: NodeGraph;
}

const allowed: AuthorizationDecision = { kind: 'allow', reason: '' };
const refused = (reason: string): AuthorizationDecision => ({ kind: 'no-opinion', reason });

/** Lets a node read what the pods bound to it need, and work on its own Node, Lease, CSINode and slices. Has no opinion on anyone else. */
export function createNodeAuthorizer({ lookup, rules }: NodeAuthorizerDependencies): Authorizer & AsyncDisposable {
  const graph = new NodeGraph(lookup);
  return {
    authorize(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return refused('');
      if (node === '') return refused(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
      const { resource, verb, fieldSelector = '' } = attributes;
      const judge = resource && judges[resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`];
      if (resource && judge) return judge({ node, verb, resource, name: resource.name || selectedValue(fieldSelector, 'metadata.name'), fieldSelector, graph });
      return rules.some((rule) => ruleAllows(rule, attributes)) ? allowed : refused('');
    },
    rulesFor: (user) => {
      const isNode = nodeNameOf(user) !== undefined;
      // What a node may do depends on its pods: it cannot be listed.
      return {
        resourceRules: [],
        nonResourceRules: [],
        incomplete: isNode,
        ...(isNode ? { error: 'node authorizer does not support user rule resolution' } : {}),
      };
    },
    [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
  };
}

/** By resource; what is not here is judged by the static rules. */
const judges: Readonly<Record<string, (question: Question) => AuthorizationDecision>> = {
  secrets: (question) => readNamespaced(question, 'secret'),
  configmaps: (question) => readNamespaced(question, 'configmap'),
  persistentvolumeclaims: (question) =>
    question.resource.subresource === 'status'
      ? updateStatus(question, 'persistentvolumeclaim')
      : getOne(question, (asked) => related(asked, 'persistentvolumeclaim')),
  persistentvolumes: (question) => getOne(question, ({ graph, node, name }) => graph.claimsVolume(node, name)),
  'resourceclaims.resource.k8s.io': (question) => getOne(question, (asked) => related(asked, 'resourceclaim')),
  'volumeattachments.storage.k8s.io': (question) => getOne(question, ({ graph, node, name }) => graph.hasAttachment(node, name)),
  serviceaccounts: createToken,
  'leases.coordination.k8s.io': lease,
  'csinodes.storage.k8s.io': csiNode,
  'resourceslices.resource.k8s.io': resourceSlice,
  nodes: ownNode,
  pods: pod,
};

const related = ({ graph, node, resource, name }: Question, kind: RelatedKind): boolean => graph.isRelated(node, kind, resource.namespace, name);

function ifRelated(question: Question, isRelated: (question: Question) => boolean): AuthorizationDecision {
  if (question.name === '') return refused('No Object name found');
  return isRelated(question) ? allowed : refused(`no relationship found between node '${question.node}' and this object`);
}

function readNamespaced(question: Question, kind: RelatedKind): AuthorizationDecision {
  if (!['get', 'list', 'watch'].includes(question.verb)) return refused('can only read resources of this type');
  if (question.resource.subresource) return refused('cannot read subresource');
  if (!question.resource.namespace) return refused('can only read namespaced object of this type');
  return ifRelated(question, (asked) => related(asked, kind));
}

function getOne(question: Question, isRelated: (question: Question) => boolean): AuthorizationDecision {
  if (question.verb !== 'get') return refused('can only get individual resources of this type');
  if (question.resource.subresource) return refused('cannot get subresource');
  return ifRelated(question, isRelated);
}

function updateStatus(question: Question, kind: RelatedKind): AuthorizationDecision {
  if (question.verb !== 'update' && question.verb !== 'patch') return refused('can only get/update/patch this type');
  return ifRelated(question, (asked) => related(asked, kind));
}

function createToken(question: Question): AuthorizationDecision {
  const { verb, name, resource } = question;
  if (verb === 'get' && name !== '' && resource.subresource === '') return ifRelated(question, (asked) => related(asked, 'serviceaccount'));
  if (verb !== 'create' || name === '') return refused('can only create tokens for individual service accounts');
  if (resource.subresource !== 'token') return refused('can only create token subresource of serviceaccount');
  return ifRelated(question, (asked) => related(asked, 'serviceaccount'));
}

const ownVerbs = ['get', 'create', 'update', 'patch', 'delete'];

function lease({ node, verb, resource, name }: Question): AuthorizationDecision {
  if (!ownVerbs.includes(verb)) return refused('can only get, create, update, patch, or delete a node lease');
  if (resource.namespace !== 'kube-node-lease') return refused('can only access leases in the "kube-node-lease" system namespace');
  // The name of a new object is not known yet; the NodeRestriction plugin sees to it.
  return verb === 'create' || name === node ? allowed : refused('can only access node lease with the same name as the requesting node');
}

function csiNode({ node, verb, resource, name }: Question): AuthorizationDecision {
  if (!ownVerbs.includes(verb)) return refused('can only get, create, update, patch, or delete a CSINode');
  if (resource.subresource) return refused('cannot authorize CSINode subresources');
  return verb === 'create' || name === node ? allowed : refused('can only access CSINode with the same name as the requesting node');
}

function resourceSlice(question: Question): AuthorizationDecision {
  const { node, verb, resource, fieldSelector } = question;
  if (resource.subresource) return refused('cannot authorize ResourceSlice subresources');
  if (verb === 'create') return allowed;
  if (['get', 'update', 'patch', 'delete'].includes(verb)) return ifRelated(question, ({ graph, name }) => graph.hasSlice(node, name));
  if (!['watch', 'list', 'deletecollection'].includes(verb)) {
    return refused('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection');
  }
  if (selectedValue(fieldSelector, 'spec.nodeName') === node) return allowed;
  return refused('can only list/watch/deletecollection resourceslices with nodeName field selector');
}

function ownNode({ node, verb, resource, name }: Question): AuthorizationDecision {
  if (resource.subresource === 'status') return verb === 'update' || verb === 'patch' ? allowed : refused('');
  if (resource.subresource) return refused('');
  if (['create', 'update', 'patch'].includes(verb)) return allowed;
  if (!['get', 'list', 'watch'].includes(verb)) return refused('');
  if (name === node) return allowed;
  return refused(
    name === '' ? `node '${node}' cannot read all nodes, only its own Node object` : `node '${node}' cannot read '${name}', only its own Node object`,
  );
}

function pod(question: Question): AuthorizationDecision {
  const { node, verb, resource, name, fieldSelector } = question;
  if (resource.subresource === 'status') return verb === 'update' || verb === 'patch' ? allowed : refused('');
  if (resource.subresource === 'eviction') return verb === 'create' ? allowed : refused('');
  if (resource.subresource) return refused('');
  if (verb === 'create' || verb === 'delete') return allowed;
  if (verb === 'get') return getOne(question, (asked) => related(asked, 'pod'));
  if (verb !== 'list' && verb !== 'watch') return refused('');
  if (selectedValue(fieldSelector, 'spec.nodeName') === node) return allowed;
  if (name !== '') return ifRelated(question, (asked) => related(asked, 'pod'));
  return refused('can only list/watch pods with spec.nodeName field selector');
}

/** The value a field selector demands of a field, or `''`. */
function selectedValue(selector: string, field: string): string {
  if (selector === '') return '';
  try {
    return parseFieldSelector(selector).valueOf(field) ?? '';
  } catch {
    return ''; // the request is refused for it later; here it opens nothing
  }
}
