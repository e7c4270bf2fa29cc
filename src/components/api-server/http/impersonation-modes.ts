import { dns1123SubdomainProblems } from '../../../api/names.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { serviceAccountGroups } from '../../../extension-points/authentication/service-account-issuer.ts';
import type { AuthorizationAttributes } from '../../../extension-points/authorization/contract.ts';
import { authorizationRefusal } from '../../../extension-points/authorization/run.ts';

/** Whom a request wants to act as: what its headers say, nothing added. */
export interface WantedUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Asks whether somebody may do something. Throws ApiError 403 when not. */
export type RequireAllowed = (attributes: AuthorizationAttributes) => Promise<unknown>;

/**
 * One way to get to act as somebody (KEP-5284). The constrained ones take two rights: `impersonate:<mode>` on the user, and `impersonate-on:<mode>:<verb>` on what the request
 * is about. The last is what Kubernetes had from the start: `impersonate` on the user, for whatever the request is about.
 */
export interface ImpersonationMode {
  /** `''` for the one without constraint. */
  readonly name: string;
  appliesTo(wanted: WantedUser, sender: UserInfo): boolean;
}

const nodePrefix = 'system:node:';
const nodeNameExtra = 'authentication.kubernetes.io/node-name';
/** From so many groups or extra values on, one question about all of them may save the others. */
const manyQuestions = 4;

const nodeNameIn = (name: string): string | undefined => {
  const node = name.startsWith(nodePrefix) ? name.slice(nodePrefix.length) : '';
  return node !== '' && dns1123SubdomainProblems(node).length === 0 ? node : undefined;
};

const serviceAccountIn = (name: string): { namespace: string; name: string } | undefined => {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  return match ? { namespace: match[1]!, name: match[2]! } : undefined;
};

const isNameOnly = ({ uid, groups, extra }: WantedUser): boolean => uid === '' && groups.length === 0 && Object.keys(extra).length === 0;

/** In the order in which they are tried. */
export const impersonationModes: readonly ImpersonationMode[] = [
  {
    name: 'associated-node',
    appliesTo: (wanted, sender) => {
      const node = nodeNameIn(wanted.name);
      const bound = sender.extra?.[nodeNameExtra];
      return node !== undefined && isNameOnly(wanted) && serviceAccountIn(sender.name) !== undefined && bound?.length === 1 && bound[0] === node;
    },
  },
  { name: 'arbitrary-node', appliesTo: (wanted) => nodeNameIn(wanted.name) !== undefined && isNameOnly(wanted) },
  { name: 'serviceaccount', appliesTo: (wanted) => serviceAccountIn(wanted.name) !== undefined && isNameOnly(wanted) },
  { name: 'user-info', appliesTo: ({ name }) => nodeNameIn(name) === undefined && serviceAccountIn(name) === undefined },
  { name: '', appliesTo: () => true },
];

/** Goes through what a mode asks for. Throws ApiError 403, in upstream's words, for the first thing that is not allowed. */
export async function requireMode(
  { name: mode }: ImpersonationMode,
  wanted: WantedUser,
  request: AuthorizationAttributes,
  requireAllowed: RequireAllowed,
): Promise<void> {
  const sender = mode === 'associated-node' ? withoutExtraValues(request.user) : request.user;
  if (mode !== '') await requireAllowed({ ...request, user: sender, verb: `impersonate-on:${mode}:${request.verb}` });
  const verb = mode === '' ? 'impersonate' : `impersonate:${mode}`;
  for (const question of questionsOf(mode, wanted)) {
    const ask = (resource: Impersonated): Promise<unknown> => requireAllowed(attributesOf(sender, verb, resource));
    if (question.refusal !== undefined) throw authorizationRefusal(attributesOf(sender, verb, question.all), question.refusal);
    if (question.each.length >= manyQuestions && mode !== '' && (await isAllowed(() => ask(question.all)))) continue;
    for (const resource of question.each) await ask(resource);
  }
}

/** The authorizers may trust that the node is the sender's own: what it is called does not matter to them. */
const withoutExtraValues = (user: UserInfo): UserInfo => ({
  ...user,
  extra: { 'authentication.kubernetes.io/associated-node-keys': Object.keys(user.extra ?? {}).sort() },
});

interface Impersonated {
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What has to be allowed, one by one or all at once; or why it never is. */
interface Question {
  readonly each: readonly Impersonated[];
  readonly all: Impersonated;
  readonly refusal?: string | undefined;
}

function* questionsOf(mode: string, { name, uid, groups, extra }: WantedUser): Generator<Question> {
  const isConstrained = mode !== '';
  const group = isConstrained ? 'authentication.k8s.io' : '';
  const user = { group, ...userResource(mode, name) };
  yield { each: [user], all: user };
  if (uid !== '') yield { each: [{ group: 'authentication.k8s.io', resource: 'uids', name: uid }], all: user };
  const named = groups.map((text) => ({ group, resource: 'groups', name: text }));
  const masters = groups.includes('system:masters');
  const refusal = groups.includes('')
    ? 'impersonating the empty string group is not allowed'
    : masters
      ? 'impersonating the system:masters group is not allowed'
      : undefined;
  if (named.length > 0) {
    const all = { group, resource: 'groups', name: isConstrained && refusal !== undefined ? (masters ? 'system:masters' : '') : '*' };
    yield { each: named, all, refusal: isConstrained ? refusal : undefined };
  }
  const extras = { group: 'authentication.k8s.io', resource: 'userextras' };
  const values = Object.entries(extra).flatMap(([key, list]) => list.map((value) => ({ ...extras, subresource: key, name: value })));
  const problem = isConstrained ? extraProblem(extra) : undefined;
  if (Object.keys(extra).length > 0)
    yield { each: values, all: problem === undefined ? { ...extras, subresource: '*', name: '*' } : { ...extras, name: '' }, refusal: problem };
}

function userResource(mode: string, name: string): Impersonated {
  const account = serviceAccountIn(name);
  if (account) return { resource: 'serviceaccounts', ...account };
  const node = mode === '' ? undefined : nodeNameIn(name);
  if (node === undefined) return { resource: 'users', name };
  return { resource: 'nodes', name: mode === 'associated-node' ? '*' : node };
}

const attributesOf = (
  user: UserInfo,
  verb: string,
  { group = '', resource, subresource = '', namespace = '', name }: Impersonated,
): AuthorizationAttributes => ({
  user,
  verb,
  path: '',
  resource: { group, version: 'v1', resource, subresource, namespace, name },
});

async function isAllowed(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false; // then each by itself
  }
}

function extraProblem(extra: WantedUser['extra']): string | undefined {
  for (const [key, values] of Object.entries(extra)) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    if (!/^[^/]+\/.+$/.test(key))
      return `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${JSON.stringify(key)}: must be a domain-prefixed path (such as "acme.io/foo")`;
    const domain = dns1123SubdomainProblems(key.slice(0, key.indexOf('/')));
    if (domain.length > 0)
      return `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${JSON.stringify(key.slice(0, key.indexOf('/')))}: ${domain[0]}`;
    if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
    if (values.length === 0) return 'impersonating empty values in extra is not allowed';
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed';
  }
  return undefined;
}

/** The user, with the groups that come with being it. */
export function actualUser(mode: string, { name, uid, groups, extra }: WantedUser): UserInfo {
  const account = serviceAccountIn(name);
  const isNode = mode !== '' && nodeNameIn(name) !== undefined;
  const all = isNode ? ['system:nodes'] : groups.length === 0 && account ? [...serviceAccountGroups(account.namespace)] : [...groups];
  const needed = name === 'system:anonymous' ? 'system:unauthenticated' : all.includes('system:unauthenticated') ? undefined : 'system:authenticated';
  if (needed !== undefined && !all.includes(needed)) all.push(needed);
  return { name, groups: all, ...(uid === '' ? {} : { uid }), ...(Object.keys(extra).length === 0 ? {} : { extra }) };
}
