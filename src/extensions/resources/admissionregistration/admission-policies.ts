import type {
  MutatingAdmissionPolicy,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Variable,
} from '../../../api/generated/admissionregistration-v1.ts';
import {
  mutatingadmissionpolicies,
  mutatingadmissionpolicybindings,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
} from '../../../api/generated/resource-types.ts';
import { identifierProblems, qualifiedNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsSubdomainAt, duplicates, eachAt, oneOfAt, optionalOneOfAt, problemsAt, requiredAt } from '../core/field-checks.ts';
import { validateLabelSelector } from '../core/pod-scheduling-validation.ts';
import { applyMatchDefaults, validateMatchConditions, validateMatchResources } from './rule-validation.ts';

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];

/** admissionregistration.k8s.io/v1 `validatingadmissionpolicies`. */
export function validatingAdmissionPolicyDefinition(): ResourceDefinition {
  return defineBuiltIn(validatingadmissionpolicies, {
    columns: [
      nameColumn,
      { name: 'Validations', type: 'integer', description: 'How many rules it has.', cell: ({ spec }) => spec?.validations?.length ?? 0 },
      { name: 'ParamKind', description: 'Kind of its parameters.', cell: ({ spec }) => paramKindText(spec?.paramKind) },
      ageColumn,
    ],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.failurePolicy ??= 'Fail';
      applyMatchDefaults(spec.matchConstraints);
    },
    validate: validateValidatingPolicy,
  });
}

/** admissionregistration.k8s.io/v1 `mutatingadmissionpolicies`. */
export function mutatingAdmissionPolicyDefinition(): ResourceDefinition {
  return defineBuiltIn(mutatingadmissionpolicies, {
    columns: [
      nameColumn,
      { name: 'Mutations', type: 'integer', description: 'How many changes it makes.', cell: ({ spec }) => spec?.mutations?.length ?? 0 },
      { name: 'ParamKind', description: 'Kind of its parameters.', cell: ({ spec }) => paramKindText(spec?.paramKind) },
      ageColumn,
    ],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.failurePolicy ??= 'Fail';
      spec.reinvocationPolicy ??= 'Never';
      applyMatchDefaults(spec.matchConstraints);
    },
    validate: validateMutatingPolicy,
  });
}

const bindingColumns = {
  policy: { name: 'PolicyName', description: 'The policy it puts into force.' },
  params: { name: 'ParamRef', description: 'The parameters it uses.' },
} as const;

/** admissionregistration.k8s.io/v1 `validatingadmissionpolicybindings`. */
export function validatingAdmissionPolicyBindingDefinition(): ResourceDefinition {
  return defineBuiltIn(validatingadmissionpolicybindings, {
    columns: [
      nameColumn,
      { ...bindingColumns.policy, cell: ({ spec }) => spec?.policyName ?? '' },
      { ...bindingColumns.params, cell: ({ spec }) => paramRefText(spec?.paramRef) },
      ageColumn,
    ],
    applyDefaults: ({ spec }) => applyMatchDefaults(spec?.matchResources),
    validate: ({ spec = {} }) => [...validateBinding(spec), ...validateActions(spec)],
  });
}

/** admissionregistration.k8s.io/v1 `mutatingadmissionpolicybindings`. */
export function mutatingAdmissionPolicyBindingDefinition(): ResourceDefinition {
  return defineBuiltIn(mutatingadmissionpolicybindings, {
    columns: [
      nameColumn,
      { ...bindingColumns.policy, cell: ({ spec }) => spec?.policyName ?? '' },
      { ...bindingColumns.params, cell: ({ spec }) => paramRefText(spec?.paramRef) },
      ageColumn,
    ],
    applyDefaults: ({ spec }) => applyMatchDefaults(spec?.matchResources),
    validate: ({ spec = {} }) => validateBinding(spec),
  });
}

const paramKindText = (kind: Loose<ParamKind> | undefined): string => (kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : '<unset>');

function paramRefText(reference: Loose<ParamRef> | undefined): string {
  if (!reference) return '<unset>';
  return reference.namespace ? `${reference.namespace}/${reference.name ?? '*'}` : (reference.name ?? '*');
}

function validateValidatingPolicy({ spec = {} }: Draft<ValidatingAdmissionPolicy>): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  const keys = duplicates();
  return [
    ...oneOfAt(spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy'),
    ...validateShared(spec),
    ...(validations.length === 0 && auditAnnotations.length === 0
      ? [fieldError.required('spec.validations', 'validations or auditAnnotations must be non-empty')]
      : []),
    ...eachAt(validations, 'spec.validations', (validation, path) => [
      ...((validation.expression ?? '').trim() === '' ? [fieldError.required(`${path}.expression`, 'expression is not specified')] : []),
      ...(validation.message?.includes('\n') ? [fieldError.invalid(`${path}.message`, validation.message, 'message must not contain line breaks')] : []),
      ...(validation.message !== undefined && validation.message.trim() === '' && validation.message !== ''
        ? [fieldError.invalid(`${path}.message`, validation.message, 'message must be non-empty if specified')]
        : []),
      ...(validation.reason ? optionalOneOfAt(validation.reason, reasons, `${path}.reason`) : []),
    ]),
    ...eachAt(auditAnnotations, 'spec.auditAnnotations', ({ key = '', valueExpression = '' }, path) => [
      ...(key === ''
        ? [fieldError.required(`${path}.key`, 'key is not specified')]
        : [...problemsAt(qualifiedNameProblems, key, `${path}.key`), ...keys(key, `${path}.key`)]),
      ...(valueExpression.trim() === '' ? [fieldError.required(`${path}.valueExpression`, 'valueExpression is not specified')] : []),
    ]),
  ];
}

function validateMutatingPolicy({ spec = {} }: Draft<MutatingAdmissionPolicy>): FieldError[] {
  const mutations = spec.mutations ?? [];
  return [
    ...oneOfAt(spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy'),
    ...oneOfAt(spec.reinvocationPolicy, ['IfNeeded', 'Never'], 'spec.reinvocationPolicy'),
    ...validateShared(spec),
    ...(mutations.length === 0 ? [fieldError.required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...eachAt(mutations, 'spec.mutations', (mutation, path) => {
      const errors = oneOfAt(mutation.patchType, ['ApplyConfiguration', 'JSONPatch'], `${path}.patchType`);
      const [wanted, other] =
        mutation.patchType === 'JSONPatch' ? (['jsonPatch', 'applyConfiguration'] as const) : (['applyConfiguration', 'jsonPatch'] as const);
      if (mutation[other]) errors.push(fieldError.invalid(`${path}.${other}`, '{}', `must not be specified when patchType is ${mutation.patchType ?? ''}`));
      if (!mutation[wanted]) return [...errors, fieldError.required(`${path}.${wanted}`, `must be specified when patchType is ${mutation.patchType ?? ''}`)];
      return (mutation[wanted].expression ?? '').trim() === ''
        ? [...errors, fieldError.required(`${path}.${wanted}.expression`, 'expression is not specified')]
        : errors;
    }),
  ];
}

function validateShared(spec: {
  paramKind?: Loose<ParamKind> | undefined;
  matchConstraints?: Parameters<typeof validateMatchResources>[0];
  matchConditions?: Parameters<typeof validateMatchConditions>[0];
  variables?: Loose<Variable>[] | undefined;
}): FieldError[] {
  const names = duplicates();
  return [
    ...(spec.paramKind
      ? [...requiredAt(spec.paramKind.apiVersion, 'spec.paramKind.apiVersion'), ...requiredAt(spec.paramKind.kind, 'spec.paramKind.kind')]
      : []),
    ...validateMatchResources(spec.matchConstraints, 'spec.matchConstraints', true),
    ...validateMatchConditions(spec.matchConditions, 'spec.matchConditions'),
    ...eachAt(spec.variables, 'spec.variables', ({ name = '', expression = '' }, path) => [
      ...(name === ''
        ? [fieldError.required(`${path}.name`, 'name is not specified')]
        : [...problemsAt(identifierProblems, name, `${path}.name`), ...names(name, `${path}.name`)]),
      ...(expression.trim() === '' ? [fieldError.required(`${path}.expression`, 'expression is not specified')] : []),
    ]),
  ];
}

function validateBinding(spec: {
  policyName?: string | undefined;
  paramRef?: Loose<ParamRef> | undefined;
  matchResources?: Parameters<typeof validateMatchResources>[0];
}): FieldError[] {
  const errors = spec.policyName ? dnsSubdomainAt(spec.policyName, 'spec.policyName') : [fieldError.required('spec.policyName')];
  return [
    ...errors,
    ...(spec.paramRef ? validateParamRef(spec.paramRef, 'spec.paramRef') : []),
    ...validateMatchResources(spec.matchResources, 'spec.matchResources', false),
  ];
}

function validateParamRef({ name, selector, parameterNotFoundAction }: Loose<ParamRef>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name && selector) errors.push(fieldError.forbidden(`${path}.name`, 'name and selector are mutually exclusive'));
  if (!name && !selector) errors.push(fieldError.required(path, 'one of name or selector must be specified'));
  if (name) errors.push(...dnsSubdomainAt(name, `${path}.name`));
  errors.push(...validateLabelSelector(selector, `${path}.selector`));
  if (parameterNotFoundAction === undefined) return [...errors, fieldError.required(`${path}.parameterNotFoundAction`)];
  return [...errors, ...optionalOneOfAt(parameterNotFoundAction, ['Allow', 'Deny'], `${path}.parameterNotFoundAction`)];
}

function validateActions({ validationActions = [] }: NonNullable<Draft<ValidatingAdmissionPolicyBinding>['spec']>): FieldError[] {
  const path = 'spec.validationActions';
  if (validationActions.length === 0) return [fieldError.required(path, 'at least one validation action is required')];
  const duplicate = duplicates();
  const errors = eachAt(validationActions, path, (action, at) => [...optionalOneOfAt(action, ['Audit', 'Deny', 'Warn'], at), ...duplicate(action, at)]);
  const hasBoth = validationActions.includes('Deny') && validationActions.includes('Warn');
  return hasBoth
    ? [
        ...errors,
        fieldError.invalid(
          path,
          validationActions,
          'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
        ),
      ]
    : errors;
}
