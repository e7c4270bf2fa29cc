import { dns1123SubdomainProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { readConfiguration, requireNoErrors, type Shape } from '../../../extension-points/authentication/configuration-file.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { RequestInfo } from '../request-info.ts';

export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

/** audit.k8s.io/v1 `Policy`: the first rule that matches a request says how much of it is recorded. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

export interface PolicyRule {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly { readonly group?: string; readonly resources?: readonly string[]; readonly resourceNames?: readonly string[] }[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
}

/** How much of one request is recorded. */
export interface Verdict {
  readonly level: Level;
  readonly omitStages: ReadonlySet<Stage>;
  readonly omitManagedFields: boolean;
}

const texts: Shape = ['string'];
const shape: { readonly [field: string]: Shape } = {
  omitStages: texts,
  omitManagedFields: 'boolean',
  rules: [
    {
      level: 'string',
      users: texts,
      userGroups: texts,
      verbs: texts,
      resources: [{ group: 'string', resources: texts, resourceNames: texts }],
      namespaces: texts,
      nonResourceURLs: texts,
      omitStages: texts,
      omitManagedFields: 'boolean',
    },
  ],
};

/** Reads a policy file. Throws an Error with everything that is wrong with it. */
export function readAuditPolicy(text: string): Policy {
  const policy = readConfiguration<Policy>(text, { kind: 'Policy', apiVersions: ['audit.k8s.io/v1'], shape });
  const rules = policy.rules ?? [];
  requireNoErrors([...stageErrors(policy.omitStages, 'omitStages'), ...rules.flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`))]);
  if (rules.length === 0) throw new Error('loaded illegal policy with 0 rules');
  return policy;
}

function ruleErrors(rule: PolicyRule, path: string): FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [] } = rule;
  const errors: FieldError[] = [];
  if (!level) errors.push(fieldError.required(`${path}.level`));
  else if (!levels.includes(level)) errors.push(fieldError.notSupported(`${path}.level`, level, levels));
  for (const [index, url] of nonResourceURLs.entries()) {
    if (url === '*') continue;
    const at = `${path}.nonResourceURLs[${index}]`;
    if (!url.startsWith('/')) errors.push(fieldError.invalid(at, url, "non-resource URL rules must begin with a '/' character"));
    if (url.slice(0, -1).includes('*')) errors.push(fieldError.invalid(at, url, "non-resource URL wildcards '*' must be the final character of the rule"));
  }
  for (const { group = '', resources: names = [], resourceNames = [] } of resources) {
    const problems = group === '' || group === '*' ? [] : dns1123SubdomainProblems(group);
    if (problems.length > 0) errors.push(fieldError.invalid(`${path}.resources.group`, group, problems.join(',')));
    if (resourceNames.length > 0 && names.length === 0)
      errors.push(fieldError.invalid(`${path}.resources.resourceNames`, resourceNames, 'using resourceNames requires at least one resource'));
  }
  errors.push(...stageErrors(rule.omitStages, `${path}.omitStages`));
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0))
    errors.push(fieldError.invalid(`${path}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
  return errors;
}

const stageErrors = (omitted: readonly Stage[] = [], path: string): FieldError[] =>
  omitted.flatMap((stage, index) => (stages.includes(stage) ? [] : [fieldError.invalid(`${path}[${index}]`, stage, `allowed stages are ${stages.join(',')}`)]));

/** Who asks (nobody when authentication failed) and for what. */
export interface Audited {
  readonly user: UserInfo | undefined;
  readonly info: RequestInfo;
  readonly path: string;
}

/** The verdict for a request. What no rule matches is not recorded. */
export function createPolicyEvaluator(policy: Policy): (request: Audited) => Verdict {
  const { omitStages = [], omitManagedFields = false } = policy;
  const verdictOf = (level: Level, rule: Partial<PolicyRule>): Verdict => ({
    level,
    omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]),
    omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
  });
  const rules = policy.rules.map((rule) => ({ rule, verdict: verdictOf(rule.level, rule) }));
  const otherwise = verdictOf('None', {});
  return (request) => rules.find(({ rule }) => matches(rule, request))?.verdict ?? otherwise;
}

function matches({ users, userGroups, verbs, namespaces, resources, nonResourceURLs }: PolicyRule, { user, info, path }: Audited): boolean {
  if (users?.length && (!user || !users.includes(user.name))) return false;
  if (userGroups?.length && !user?.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs?.length && !verbs.includes(info.verb)) return false;
  if (namespaces?.length || resources?.length) return matchesResource({ namespaces, resources }, info);
  if (nonResourceURLs?.length) return !info.isResource && nonResourceURLs.some((url) => matchesPath(url, path));
  return true;
}

function matchesResource({ namespaces, resources }: { [Key in 'namespaces' | 'resources']: PolicyRule[Key] }, info: RequestInfo): boolean {
  if (!info.isResource) return false;
  if (namespaces?.length && !namespaces.includes(info.namespace)) return false;
  if (!resources?.length) return true;
  const { group, resource, subresource, name } = info;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const wanted = ['*', whole, `${resource}/*`, ...(subresource === '' ? [] : [`*/${subresource}`])];
  return resources.some(({ group: ruleGroup = '', resources: names = [], resourceNames = [] }) => {
    if (ruleGroup !== group && ruleGroup !== '*') return false;
    return names.length === 0 || (names.some((text) => wanted.includes(text)) && (resourceNames.length === 0 || resourceNames.includes(name)));
  });
}

const matchesPath = (url: string, path: string): boolean => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
