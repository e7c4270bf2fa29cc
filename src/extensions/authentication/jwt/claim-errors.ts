import { type FieldError, fieldError } from '../../../api/status.ts';
import { duplicateFinder } from '../../../extension-points/authentication/configuration-file.ts';
import type { ExpressionCompiler, ExpressionVariable, Returned } from '../../../extension-points/authentication/expressions.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import type { ClaimMappings, ClaimValidationRule, PrefixedClaimOrExpression } from './configuration.ts';
import { domainPrefixedPathErrors } from './configuration-errors.ts';

interface Compiling {
  readonly variable: ExpressionVariable;
  readonly returns: Returned;
}

/** The errors of an expression, and what it reads of the claims. */
function compiled(
  expression: string,
  path: string,
  { compiler, variable, returns }: Compiling & { compiler: ExpressionCompiler },
): { errors: FieldError[]; reads: (field: string) => boolean } {
  const outcome = compiler.compile(expression, { variable, returns });
  if (outcome.kind === 'rejected') return { errors: [fieldError.invalid(path, expression, outcome.message)], reads: () => false };
  return { errors: [], reads: (field) => outcome.reads('claims', field) };
}

/** `areEmailsVerified`: whether one of the rules looks at the claim that says so. */
export function ruleErrors(
  rules: readonly Loose<ClaimValidationRule>[],
  path: string,
  compiler: ExpressionCompiler,
): { errors: FieldError[]; areEmailsVerified: boolean } {
  const [claims, expressions] = [duplicateFinder(), duplicateFinder()];
  let areEmailsVerified = false;
  const errors = rules.flatMap(({ claim = '', expression = '', message = '', requiredValue = '' }, index) => {
    const at = `${path}[${index}]`;
    if (claim && expression) return [fieldError.invalid(at, claim, "claim and expression can't both be set")];
    if (!claim && !expression) return [fieldError.required(at, 'claim or expression is required')];
    if (claim)
      return [...(message ? [fieldError.invalid(`${at}.message`, message, 'may not be specified when claim is set')] : []), ...claims(claim, `${at}.claim`)];
    const found = requiredValue ? [fieldError.invalid(`${at}.requiredValue`, requiredValue, 'may not be specified when expression is set')] : [];
    const repeated = expressions(expression, `${at}.expression`);
    if (repeated.length > 0) return [...found, ...repeated];
    const { errors: problems, reads } = compiled(expression, `${at}.expression`, { compiler, variable: 'claims', returns: ['bool'] });
    areEmailsVerified ||= reads('email_verified');
    return [...found, ...problems];
  });
  return { errors, areEmailsVerified };
}

export function mappingErrors(
  mappings: Loose<ClaimMappings>,
  path: string,
  { compiler, areEmailsVerified }: { compiler: ExpressionCompiler; areEmailsVerified: boolean },
): FieldError[] {
  const { username = {}, groups = {}, uid = {}, extra = [] } = mappings;
  const claims = (expression: string, at: string, returns: Returned) => compiled(expression, at, { compiler, variable: 'claims', returns });
  const errors = [...prefixedErrors(username, `${path}.username`, true), ...prefixedErrors(groups, `${path}.groups`, false)];
  const name = username.expression && !username.claim ? claims(username.expression, `${path}.username.expression`, 'any') : undefined;
  errors.push(...(name?.errors ?? []));
  if (groups.expression && !groups.claim) errors.push(...claims(groups.expression, `${path}.groups.expression`, 'any').errors);
  if (uid.claim && uid.expression) errors.push(fieldError.invalid(`${path}.uid`, '', "claim and expression can't both be set"));
  else if (uid.expression) errors.push(...claims(uid.expression, `${path}.uid.expression`, 'any').errors);
  let verified = areEmailsVerified || (name?.reads('email_verified') ?? false);
  const keys = duplicateFinder();
  for (const [index, { key = '', valueExpression = '' }] of extra.entries()) {
    const at = `${path}.extra[${index}]`;
    errors.push(...extraKeyErrors(key, `${at}.key`));
    const repeated = keys(key, `${at}.key`);
    errors.push(...repeated);
    if (repeated.length > 0) continue;
    if (!valueExpression) errors.push(fieldError.required(`${at}.valueExpression`));
    else {
      const value = claims(valueExpression, `${at}.valueExpression`, 'any');
      errors.push(...value.errors);
      verified ||= value.reads('email_verified');
    }
  }
  if (name?.reads('email') && !verified)
    errors.push(
      fieldError.invalid(
        `${path}.username.expression`,
        username.expression,
        'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
      ),
    );
  return errors;
}

function prefixedErrors({ claim, expression, prefix }: Loose<PrefixedClaimOrExpression>, path: string, isRequired: boolean): FieldError[] {
  if (claim && expression) return [fieldError.invalid(path, '', "claim and expression can't both be set")];
  if (!claim && !expression) return isRequired ? [fieldError.required(path, 'claim or expression is required')] : [];
  if (expression) return prefix === undefined ? [] : [fieldError.invalid(`${path}.prefix`, prefix, 'may not be specified when expression is set')];
  return prefix === undefined
    ? [fieldError.required(`${path}.prefix`, 'prefix is required when claim is set. It can be set to an empty string to disable prefixing')]
    : [];
}

function extraKeyErrors(key: string, path: string): FieldError[] {
  const errors = domainPrefixedPathErrors(key, path);
  if (key !== key.toLowerCase()) errors.push(fieldError.invalid(path, key, 'must be lowercase'));
  if (/^(?:[^/]*\.)?(?:kubernetes|k8s)\.io\//.test(key))
    errors.push(fieldError.invalid(path, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'));
  return errors;
}

export function userRuleErrors(rules: readonly { expression?: string | undefined }[], path: string, compiler: ExpressionCompiler): FieldError[] {
  const expressions = duplicateFinder();
  return rules.flatMap(({ expression = '' }, index) => {
    const at = `${path}[${index}].expression`;
    if (!expression) return [fieldError.required(at)];
    const repeated = expressions(expression, at);
    return repeated.length > 0 ? repeated : compiled(expression, at, { compiler, variable: 'user', returns: ['bool'] }).errors;
  });
}
