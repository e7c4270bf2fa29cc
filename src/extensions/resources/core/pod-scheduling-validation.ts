import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSchedulingGate,
  Toleration,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from '../../../api/generated/core-v1.ts';
import type { LabelSelector } from '../../../api/generated/meta-v1.ts';
import { dns1123SubdomainProblems, labelValueProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { validateLabelKey, validateLabels } from '../../../extension-points/resources/object-meta.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { dnsLabelAt, duplicates, eachAt, joined, oneOfAt, optionalOneOfAt, problemsAt, qualifiedNameAt } from './field-checks.ts';

/** Operators as text: what is checked may be anything. */
type Requirement = Omit<Loose<NodeSelectorRequirement>, 'operator'> & { operator?: string | undefined };

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** A label selector of any kind. */
export function validateLabelSelector(selector: Loose<LabelSelector> | undefined, path: string): FieldError[] {
  return [
    ...validateLabels(selector?.matchLabels, `${path}.matchLabels`),
    ...eachAt(selector?.matchExpressions, `${path}.matchExpressions`, ({ key = '', operator = '', values = [] }, at) =>
      joined(
        validateExpressionValues(operator, values, at),
        validateLabelKey(key, `${at}.key`),
        eachAt(values, `${at}.values`, (value, valuePath) => problemsAt(labelValueProblems, value, valuePath)),
      ),
    ),
  ];
}

function validateExpressionValues(operator: string, values: readonly string[], path: string): FieldError[] {
  if (operator === 'In' || operator === 'NotIn')
    return values.length > 0 ? [] : [fieldError.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
  if (operator !== 'Exists' && operator !== 'DoesNotExist') return [fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  return values.length === 0 ? [] : [fieldError.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
}

/** `spec.affinity`. */
export function validateAffinity(affinity: Loose<Affinity> | undefined, path: string): FieldError[] {
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  const errors: FieldError[] = [];
  const nodes = affinity?.nodeAffinity;
  if (nodes?.[required]) errors.push(...validateNodeSelector(nodes[required], `${path}.nodeAffinity.${required}`));
  errors.push(
    ...eachAt(nodes?.[preferred], `${path}.nodeAffinity.${preferred}`, (term, at) => [
      ...validateWeight(term.weight, at),
      ...validateNodeSelectorTerm(term.preference ?? {}, false, `${at}.preference`),
    ]),
  );
  for (const field of ['podAffinity', 'podAntiAffinity'] as const) {
    errors.push(
      ...eachAt(affinity?.[field]?.[required], `${path}.${field}.${required}`, validatePodAffinityTerm),
      ...eachAt(affinity?.[field]?.[preferred], `${path}.${field}.${preferred}`, validateWeightedTerm),
    );
  }
  return errors;
}

const validateWeightedTerm = (term: Loose<WeightedPodAffinityTerm>, path: string): FieldError[] =>
  joined(validateWeight(term.weight, path), validatePodAffinityTerm(term.podAffinityTerm ?? {}, `${path}.podAffinityTerm`));

const validateWeight = (weight: number | undefined, path: string): FieldError[] =>
  weight !== undefined && weight >= 1 && weight <= 100 ? [] : [fieldError.invalid(`${path}.weight`, weight ?? 0, 'must be in the range 1-100')];

/** Terms of which one must match; used by pods, volumes and devices. */
export function validateNodeSelector(selector: Loose<NodeSelector>, path: string): FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [fieldError.required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return eachAt(terms, `${path}.nodeSelectorTerms`, (term, at) => validateNodeSelectorTerm(term, true, at));
}

function validateNodeSelectorTerm(term: Loose<NodeSelectorTerm>, checkValues: boolean, path: string): FieldError[] {
  return joined(
    eachAt(term.matchExpressions, `${path}.matchExpressions`, (requirement, at) => validateNodeRequirement(requirement, checkValues, at)),
    eachAt(term.matchFields, `${path}.matchFields`, validateNodeFieldRequirement),
  );
}

function validateNodeRequirement({ key = '', operator = '', values = [] }: Requirement, checkValues: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'Gt' && operator !== 'Lt') errors.push(...validateExpressionValues(operator, values, path));
  else if (values.length !== 1) errors.push(fieldError.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  errors.push(...validateLabelKey(key, `${path}.key`));
  if (checkValues) errors.push(...eachAt(values, `${path}.values`, (value, at) => problemsAt(labelValueProblems, value, at)));
  return errors;
}

function validateNodeFieldRequirement({ key = '', operator = '', values = [] }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') errors.push(fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  else if (values.length !== 1)
    errors.push(fieldError.required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  if (key !== 'metadata.name') return [...errors, fieldError.invalid(`${path}.key`, key, 'not a valid field selector key')];
  return [...errors, ...eachAt(values, `${path}.values`, (value, at) => problemsAt(dns1123SubdomainProblems, value, at))];
}

function validatePodAffinityTerm(term: Loose<PodAffinityTerm>, path: string): FieldError[] {
  return joined(
    validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
    (term.namespaces ?? []).flatMap((name) => dnsLabelAt(name, `${path}.namespace`)),
    validateLabelKeyLists(term, path),
    term.topologyKey ? [] : [fieldError.required(`${path}.topologyKey`, 'can not be empty')],
    validateLabelKey(term.topologyKey ?? '', `${path}.topologyKey`),
  );
}

function validateLabelKeyLists(term: Loose<PodAffinityTerm>, path: string): FieldError[] {
  const both = (term.matchLabelKeys ?? []).filter((key) => term.mismatchLabelKeys?.includes(key));
  return joined(
    validateMatchLabelKeys(term.matchLabelKeys, term.labelSelector, `${path}.matchLabelKeys`),
    validateMatchLabelKeys(term.mismatchLabelKeys, term.labelSelector, `${path}.mismatchLabelKeys`),
    both.map((key) =>
      fieldError.invalid(`${path}.matchLabelKeys[${term.matchLabelKeys?.indexOf(key)}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'),
    ),
  );
}

function validateMatchLabelKeys(keys: readonly string[] | undefined, selector: Loose<LabelSelector> | undefined, path: string): FieldError[] {
  if (!keys || keys.length === 0) return [];
  if (!selector) return [fieldError.forbidden(path, 'must not be specified when labelSelector is not set')];
  return eachAt(keys, path, (key, at) => validateLabelKey(key, at));
}

/** `spec.tolerations`. */
export function validateTolerations(tolerations: readonly Loose<Toleration>[] | undefined, path: string): FieldError[] {
  return eachAt(tolerations, path, (toleration, at) => {
    const { key = '', value = '', effect = '', tolerationSeconds } = toleration;
    const operator: string = toleration.operator ?? '';
    const errors = key ? validateLabelKey(key, `${at}.key`) : [];
    if (!key && operator !== 'Exists')
      errors.push(fieldError.invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(fieldError.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    errors.push(...validateTolerationValue(operator, value, at));
    return effect ? [...errors, ...optionalOneOfAt(effect, taintEffects, `${at}.effect`)] : errors;
  });
}

function validateTolerationValue(operator: string, value: string, path: string): FieldError[] {
  const at = `${path}.operator`;
  if (operator === '' || operator === 'Equal') {
    const problems = labelValueProblems(value);
    return problems.length === 0 ? [] : [fieldError.invalid(at, value, problems.join(';'))];
  }
  if (operator === 'Exists') return value === '' ? [] : [fieldError.invalid(at, value, "value must be empty when `operator` is 'Exists'")];
  if (operator === 'Lt' || operator === 'Gt')
    return /^-?(?:0|[1-9]\d*)$/.test(value)
      ? []
      : [fieldError.invalid(`${path}.value`, value, `value must be a valid integer when \`operator\` is '${operator}'`)];
  return [fieldError.notSupported(at, operator, ['Equal', 'Exists'])];
}

/** Tolerations of a stored pod may be added to, and their seconds changed. */
export function validateAddedTolerations(tolerations: readonly Loose<Toleration>[], old: readonly Loose<Toleration>[], path: string): FieldError[] {
  const kept = (before: Loose<Toleration>): boolean => tolerations.some((after) => sameValue({ ...before, tolerationSeconds: after.tolerationSeconds }, after));
  if (!old.every(kept)) return [fieldError.forbidden(path, 'existing toleration can not be modified except its tolerationSeconds')];
  return validateTolerations(tolerations, path);
}

/** `spec.schedulingGates`. */
export function validateSchedulingGates(gates: readonly Loose<PodSchedulingGate>[] | undefined, path: string): FieldError[] {
  const duplicate = duplicates();
  return eachAt(gates, path, ({ name = '' }, at) => [...qualifiedNameAt(name, at), ...duplicate(name, at)]);
}

/** `spec.topologySpreadConstraints`. */
export function validateTopologySpread(constraints: readonly Loose<TopologySpreadConstraint>[] | undefined, path: string): FieldError[] {
  const duplicate = duplicates();
  return eachAt(constraints, path, (constraint, at) => {
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(fieldError.invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (topologyKey === '') errors.push(fieldError.required(`${at}.topologyKey`, 'can not be empty'));
    errors.push(...optionalOneOfAt(whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], `${at}.whenUnsatisfiable`));
    errors.push(
      ...duplicate(JSON.stringify([topologyKey, whenUnsatisfiable]), `${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`),
    );
    if (minDomains !== undefined && minDomains <= 0) errors.push(fieldError.invalid(`${at}.minDomains`, minDomains, 'must be greater than zero'));
    else if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule')
      errors.push(fieldError.invalid(`${at}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`));
    return joined(
      errors,
      optionalOneOfAt(constraint.nodeAffinityPolicy, ['Honor', 'Ignore'], `${at}.nodeAffinityPolicy`),
      optionalOneOfAt(constraint.nodeTaintsPolicy, ['Honor', 'Ignore'], `${at}.nodeTaintsPolicy`),
      validateMatchLabelKeys(constraint.matchLabelKeys, constraint.labelSelector, `${at}.matchLabelKeys`),
      validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`),
    );
  });
}

/** `spec.taints` of a node (upstream reports them under `metadata`). */
export function validateTaintEffect(effect: string | undefined, path: string): FieldError[] {
  return oneOfAt(effect, taintEffects, path);
}
