import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { dns1123SubdomainProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { duplicateFinder, tooManyItems } from '../../../extension-points/authentication/configuration-file.ts';
import type { ExpressionCompiler } from '../../../extension-points/authentication/expressions.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { type AuthorizationConfiguration, authorizerTypes, durationMs, type WebhookConfiguration } from './configuration.ts';

const maximumConditions = 64;

/** What is wrong with a configuration, path by path. */
export function configurationErrors({ authorizers = [] }: Loose<AuthorizationConfiguration>, compiler: ExpressionCompiler): FieldError[] {
  if (authorizers.length === 0) return [fieldError.required('authorizers', 'at least one authorization mode must be defined')];
  const [types, names] = [duplicateFinder(), duplicateFinder()];
  return authorizers.flatMap(({ type, name = '', webhook }, index) => {
    const path = `authorizers[${index}]`;
    if (!type) return [fieldError.required(`${path}.type`)];
    if (!authorizerTypes.includes(type)) return [fieldError.notSupported(`${path}.type`, type, authorizerTypes)];
    const repeated = type === 'Webhook' ? [] : types(type, `${path}.type`);
    if (repeated.length > 0) return repeated;
    const errors = nameErrors(name, `${path}.name`, names);
    if (type !== 'Webhook') return webhook ? [...errors, fieldError.invalid(`${path}.webhook`, 'non-null', 'may only be specified when type=Webhook')] : errors;
    return [...errors, ...(webhook ? webhookErrors(webhook, path, compiler) : [fieldError.required(`${path}.webhook`, 'required when type=Webhook')])];
  });
}

function nameErrors(name: string, path: string, names: ReturnType<typeof duplicateFinder>): FieldError[] {
  if (name === '') return [fieldError.required(path)];
  const repeated = names(name, path);
  if (repeated.length > 0) return repeated;
  const problems = dns1123SubdomainProblems(name);
  return problems.length > 0 ? [fieldError.invalid(path, name, `authorizer name is invalid: ${problems.join(', ')}`)] : [];
}

/** Upstream's paths leave out `webhook`; people search for them as they are. */
function webhookErrors(webhook: Loose<WebhookConfiguration>, path: string, compiler: ExpressionCompiler): FieldError[] {
  const { authorizedTTL = '5m', unauthorizedTTL = '30s', timeout, subjectAccessReviewVersion: version, failurePolicy } = webhook;
  const { matchConditions = [], matchConditionSubjectAccessReviewVersion: conditionVersion } = webhook;
  const conditions = `${path}.matchConditionSubjectAccessReviewVersion`;
  return [
    ...durationErrors(timeout, `${path}.timeout`, { most: 30_000, rule: 'must be > 0s and <= 30s' }),
    ...durationErrors(authorizedTTL, `${path}.authorizedTTL`, { rule: 'must be > 0s' }),
    ...durationErrors(unauthorizedTTL, `${path}.unauthorizedTTL`, { rule: 'must be > 0s' }),
    ...oneOf(version, ['v1', 'v1beta1'], `${path}.subjectAccessReviewVersion`),
    ...(conditionVersion
      ? oneOf(conditionVersion, ['v1'], conditions)
      : matchConditions.length > 0
        ? [fieldError.required(conditions, 'required if match conditions are specified')]
        : []),
    ...oneOf(failurePolicy, ['NoOpinion', 'Deny'], `${path}.failurePolicy`),
    ...connectionErrors(webhook.connectionInfo ?? {}, `${path}.connectionInfo`),
    ...conditionErrors(matchConditions, `${path}.matchConditions`, compiler),
  ];
}

const oneOf = (value: string | undefined, supported: readonly string[], path: string): FieldError[] => {
  if (!value) return [fieldError.required(path)];
  return supported.includes(value) ? [] : [fieldError.notSupported(path, value, supported)];
};

function durationErrors(text: string | undefined, path: string, { most = Infinity, rule }: { most?: number; rule: string }): FieldError[] {
  const milliseconds = text === undefined ? 0 : durationMs(text);
  if (milliseconds === undefined) return [fieldError.invalid(path, text, `time: invalid duration ${JSON.stringify(text)}`)];
  if (milliseconds === 0) return [fieldError.required(path)];
  return milliseconds < 0 || milliseconds > most ? [fieldError.invalid(path, text, rule)] : [];
}

function connectionErrors({ type, kubeConfigFile: file }: Loose<NonNullable<WebhookConfiguration['connectionInfo']>>, path: string): FieldError[] {
  if (!type) return [fieldError.required(`${path}.type`)];
  if (type === 'InClusterConfig') return file ? [fieldError.invalid(`${path}.kubeConfigFile`, file, 'can only be set when type=KubeConfigFile')] : [];
  if (type !== 'KubeConfigFile') return [fieldError.notSupported(`${path}.type`, type, ['InClusterConfig', 'KubeConfigFile'])];
  if (!file) return [fieldError.required(`${path}.kubeConfigFile`)];
  if (!isAbsolute(file)) return [fieldError.invalid(`${path}.kubeConfigFile`, file, 'must be an absolute path')];
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return [fieldError.invalid(`${path}.kubeConfigFile`, file, `error loading file: stat ${file}: no such file or directory`)];
  return found.isFile() ? [] : [fieldError.invalid(`${path}.kubeConfigFile`, file, 'must be a regular file')];
}

function conditionErrors(conditions: readonly { expression?: string | undefined }[], path: string, compiler: ExpressionCompiler): FieldError[] {
  if (conditions.length > maximumConditions) return [tooManyItems(path, conditions.length, maximumConditions)];
  const seen = duplicateFinder();
  return conditions.flatMap(({ expression = '' }, index) => {
    const at = `${path}[${index}].expression`;
    if (expression.trim() === '') return [fieldError.required(at)];
    const repeated = seen(expression, at);
    if (repeated.length > 0) return repeated;
    const outcome = compiler.compile(expression, { variable: 'request', returns: ['bool'] });
    return outcome.kind === 'rejected' ? [fieldError.invalid(at, expression, outcome.message)] : [];
  });
}
