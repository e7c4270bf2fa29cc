import type { NodeSelectorRequirement, NodeSelectorTerm, TopologySpreadConstraint } from '../../../api/generated/core-v1.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import { fieldError } from '../../../api/status.ts';
import type {
  DefaultPreemptionArgs,
  InterPodAffinityArgs,
  NodeAffinityArgs,
  NodeResourcesBalancedAllocationArgs,
  NodeResourcesFitArgs,
  PodTopologySpreadArgs,
  ResourceSpec,
  UtilizationShapePoint,
  VolumeBindingArgs,
} from './configuration.ts';

type Validator = (args: never, path: string) => FieldError[];
const { invalid, required, forbidden, duplicate, notSupported } = fieldError;

/** What is wrong with the arguments of one of upstream's plugins, defaults filled in. Upstream's `Validate<Name>Args`. */
export function validateArguments(plugin: string, args: unknown, path: string): FieldError[] {
  const validate = Object.hasOwn(validators, plugin) ? validators[plugin] : undefined;
  return validate ? validate(args as never, path) : [];
}

const validators: Readonly<Record<string, Validator>> = {
  DefaultPreemption({ minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute }: DefaultPreemptionArgs, path) {
    const [percentagePath, absolutePath] = [`${path}.minCandidateNodesPercentage`, `${path}.minCandidateNodesAbsolute`];
    const errors: FieldError[] = [];
    if (percentage < 0 || percentage > 100) errors.push(invalid(percentagePath, percentage, 'not in valid range [0, 100]'));
    if (absolute < 0) errors.push(invalid(absolutePath, absolute, 'not in valid range [0, inf)'));
    if (percentage === 0 && absolute === 0) {
      errors.push(invalid(percentagePath, percentage, 'cannot be zero at the same time as minCandidateNodesAbsolute'));
      errors.push(invalid(absolutePath, absolute, 'cannot be zero at the same time as minCandidateNodesPercentage'));
    }
    return errors;
  },
  InterPodAffinity({ hardPodAffinityWeight: weight }: InterPodAffinityArgs, path) {
    return weight < 0 || weight > 100 ? [invalid(`${path}.hardPodAffinityWeight`, weight, 'not in valid range [0, 100]')] : [];
  },
  NodeAffinity({ addedAffinity }: NodeAffinityArgs, path) {
    const at = `${path}.addedAffinity`;
    const required = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    const preferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return [
      ...required.flatMap((term, index) => validateTerm(term, `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`)),
      ...preferred.flatMap(({ weight, preference }, index) =>
        weight === 0 ? [] : validateTerm(preference, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`),
      ),
    ];
  },
  NodeResourcesBalancedAllocation({ resources }: NodeResourcesBalancedAllocationArgs, path) {
    return resources.flatMap(({ name, weight }, index) => {
      const at = `${path}.resources[${index}]`;
      const isRepeated = resources.slice(0, index).some((other) => other.name === name);
      return [...(isRepeated ? [duplicate(`${at}.name`, name)] : []), ...(weight === 1 ? [] : [invalid(`${at}.weight`, weight, 'must be 1')])];
    });
  },
  NodeResourcesFit: validateFit,
  PodTopologySpread({ defaultingType, defaultConstraints = [] }: PodTopologySpreadArgs, path) {
    return [...validateDefaultingType(defaultingType, defaultConstraints.length, `${path}.defaultingType`), ...validateConstraints(defaultConstraints, path)];
  },
  VolumeBinding({ bindTimeoutSeconds, shape }: VolumeBindingArgs, path) {
    const errors: FieldError[] = [];
    if (bindTimeoutSeconds < 0)
      errors.push(invalid(`${path}.bindTimeoutSeconds`, bindTimeoutSeconds, 'invalid BindTimeoutSeconds, should not be a negative value'));
    if (shape) {
      const given = shape.map(({ utilization, score }) => ({ Utilization: utilization, Score: score }));
      errors.push(invalid(`${path}.shape`, given, 'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring'));
    }
    return errors;
  },
};

const strategies = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'];

function validateFit({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy }: NodeResourcesFitArgs, path: string): FieldError[] {
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  const errors = ignoredResources.flatMap((name, index) => labelNameErrors(name, at(`ignoredResources[${index}]`)));
  for (const [index, group] of ignoredResourceGroups.entries()) {
    const groupPath = at(`ignoredResourceGroups[${index}]`);
    if (group.includes('/')) errors.push(invalid(groupPath, group, "resource group name can't contain '/'"));
    errors.push(...labelNameErrors(group, groupPath));
  }
  const { type, resources, requestedToCapacityRatio: ratio } = scoringStrategy;
  if (!strategies.includes(type)) errors.push(notSupported(at('scoringStrategy.type'), type, strategies));
  errors.push(...validateResources(resources, at('scoringStrategy.resources')));
  const ratioPath = at('scoringStrategy.requestedToCapacityRatio');
  if (type !== 'RequestedToCapacityRatio') {
    if (ratio) errors.push(forbidden(ratioPath, 'must be nil when type is not RequestedToCapacityRatio'));
  } else if (ratio) errors.push(...validateShape(ratio.shape ?? [], `${ratioPath}.shape`));
  else errors.push(required(ratioPath, 'must be specified when type is RequestedToCapacityRatio'));
  return errors;
}

const validateResources = (resources: readonly ResourceSpec[], path: string): FieldError[] =>
  resources.flatMap(({ name, weight }, index) =>
    weight > 0 && weight <= 100 ? [] : [invalid(`${path}[${index}].weight`, weight, `resource weight of ${name} not in valid range (0, 100]`)],
  );

function validateShape(shape: readonly UtilizationShapePoint[], path: string): FieldError[] {
  if (shape.length === 0) return [required(path, 'at least one point must be specified')];
  const unsorted = shape.findIndex(({ utilization }, index) => index > 0 && shape[index - 1]!.utilization >= utilization);
  const errors = unsorted < 0 ? [] : [invalid(`${path}[${unsorted}].utilization`, shape[unsorted]!.utilization, 'values must be sorted in increasing order')];
  for (const [index, { utilization, score }] of shape.entries()) {
    if (utilization < 0 || utilization > 100) errors.push(invalid(`${path}[${index}].utilization`, utilization, 'not in valid range [0, 100]'));
    if (score < 0 || score > 10) errors.push(invalid(`${path}[${index}].score`, score, 'not in valid range [0, 10]'));
  }
  return errors;
}

function validateDefaultingType(type: string, constraintCount: number, path: string): FieldError[] {
  if (type !== 'System' && type !== 'List') return [notSupported(path, type, ['System', 'List'])];
  return type === 'System' && constraintCount > 0 ? [invalid(path, type, 'when .defaultConstraints are not empty')] : [];
}

const actions = ['DoNotSchedule', 'ScheduleAnyway'];

function validateConstraints(constraints: readonly TopologySpreadConstraint[], path: string): FieldError[] {
  return constraints.flatMap(({ maxSkew, topologyKey, whenUnsatisfiable, labelSelector }, index) => {
    const at = `${path}.defaultConstraints[${index}]`;
    const errors: FieldError[] = [];
    if (!(maxSkew > 0)) errors.push(invalid(`${at}.maxSkew`, maxSkew ?? 0, 'not in valid range (0, inf)'));
    if (topologyKey) errors.push(...labelNameErrors(topologyKey, `${at}.topologyKey`));
    else errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (!whenUnsatisfiable) errors.push(required(`${at}.whenUnsatisfiable`, 'can not be empty'));
    else if (!actions.includes(whenUnsatisfiable)) errors.push(notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions));
    if (labelSelector) errors.push(forbidden(`${at}.labelSelector`, 'constraint must not define a selector, as they deduced for each pod'));
    const isRepeated = constraints.slice(0, index).some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (isRepeated) errors.push(duplicate(at, `{${topologyKey}, ${whenUnsatisfiable}}`));
    return errors;
  });
}

const labelNameErrors = (name: string, path: string): FieldError[] => qualifiedNameProblems(name).map((problem) => invalid(path, name, problem));

const validateTerm = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, path: string): FieldError[] => [
  ...matchExpressions.flatMap((requirement, index) => validateExpression(requirement, `${path}.matchExpressions[${index}]`)),
  ...matchFields.flatMap((requirement, index) => validateField(requirement, `${path}.matchFields[${index}]`)),
];

function validateExpression({ key, operator, values = [] }: NodeSelectorRequirement, path: string): FieldError[] {
  const problems = qualifiedNameProblems(key);
  if (problems.length > 0) return [invalid(`${path}.key`, key, problems.join('; '))];
  const valuesPath = `${path}.values`;
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) return [invalid(valuesPath, [], "for 'in', 'notin' operators, values set can't be empty")];
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) return [invalid(valuesPath, values, 'values set must be empty for exists and does not exist')];
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) return [invalid(valuesPath, values, "for 'Gt', 'Lt' operators, exactly one value is required")];
    if (!/^[-+]?\d+$/.test(values[0]!)) return [invalid(`${valuesPath}[0]`, values[0], "for 'Gt', 'Lt' operators, the value must be an integer")];
  } else return [notSupported(`${path}.operator`, operator, ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])];
  return values.flatMap((value, index) => labelValueProblems(value).map((problem) => invalid(`${valuesPath}[${index}]`, value, problem)));
}

function validateField({ key, operator, values = [] }: NodeSelectorRequirement, path: string): FieldError[] {
  if (operator !== 'In' && operator !== 'NotIn') return [notSupported(`${path}.operator`, operator, ['In', 'NotIn'])];
  if (values.length !== 1) return [invalid(`${path}.values`, values, 'must have one element')];
  return key === 'metadata.name' ? [] : [notSupported(`${path}.key`, key, ['metadata.name'])];
}
