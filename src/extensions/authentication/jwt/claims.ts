import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { CompiledExpression, ExpressionCompiler, ExpressionVariable, Returned } from '../../../extension-points/authentication/expressions.ts';
import type { JwtAuthenticatorConfiguration, PrefixedClaimOrExpression } from './configuration.ts';

/** The claims of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Turns claims into a user, or throws an Error that says why there is none. */
export type ClaimsMapper = (claims: Claims) => UserInfo;

const credentialId = 'authentication.kubernetes.io/credential-id';

/** Compiles the mappings and rules of one authenticator. They have been checked when the file was read. */
export function createClaimsMapper(
  { claimMappings, claimValidationRules = [], userValidationRules = [] }: JwtAuthenticatorConfiguration,
  compiler: ExpressionCompiler,
): ClaimsMapper {
  const compile = (expression: string, variable: ExpressionVariable, returns: Returned): CompiledExpression => {
    const outcome = compiler.compile(expression, { variable, returns });
    if (outcome.kind === 'rejected') throw new Error(outcome.message);
    return outcome;
  };
  const { username = {}, groups = {}, uid = {}, extra = [] } = claimMappings;
  const of = (expression: string | undefined, returns: Returned): CompiledExpression | undefined =>
    expression ? compile(expression, 'claims', returns) : undefined;
  const [name, group, id] = [of(username.expression, 'any'), of(groups.expression, 'any'), of(uid.expression, 'any')];
  const extras = extra.map(({ key = '', valueExpression = '' }) => ({ key, expression: compile(valueExpression, 'claims', 'any') }));
  const claimRules = claimValidationRules.map((rule) => ({ ...rule, compiled: of(rule.expression, ['bool']) }));
  const userRules = userValidationRules.map(({ expression = '', message }) => ({ expression, message, compiled: compile(expression, 'user', ['bool']) }));
  return (claims) => {
    const user: UserInfo = {
      name: name ? nameOf(evaluated(name, claims, 'username')) : claimedName(claims, username),
      ...uidField(
        id ? textOf(evaluated(id, claims, 'uid'), 'uid') : uid.claim ? requiredText(claims, uid.claim, `uid claim ${JSON.stringify(uid.claim)}`) : '',
      ),
      groups: group ? textList(evaluated(group, claims, 'group'), 'group') : claimedGroups(claims, groups),
      ...extraField(claims, extras),
    };
    for (const { claim, requiredValue = '', compiled, message, expression } of claimRules) {
      if (compiled) requireTrue(evaluated(compiled, claims, 'claim validation'), { expression, message }, 'claim validation expression');
      else requireClaim(claims, claim ?? '', requiredValue);
    }
    for (const { compiled, message, expression } of userRules)
      requireTrue(
        evaluated(compiled, { username: user.name, uid: user.uid ?? '', groups: user.groups, extra: user.extra ?? {} }, 'user info'),
        { expression, message },
        'user info validation rule',
      );
    return user;
  };
}

function evaluated(expression: CompiledExpression, value: unknown, what: string): unknown {
  try {
    return expression.evaluate(value);
  } catch (cause) {
    throw new Error(`oidc: error evaluating ${what} claim expression: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`oidc: error evaluating ${what} claim expression: ${what} claim expression must return a string`);
  return value;
}

function nameOf(value: unknown): string {
  const name = textOf(value, 'username');
  if (name === '') throw new Error('oidc: empty username via CEL expression is not allowed');
  return name;
}

function claimedName(claims: Claims, { claim = '', prefix = '' }: PrefixedClaimOrExpression): string {
  const name = requiredText(claims, claim, `username claims ${JSON.stringify(claim)}`);
  if (claim === 'email' && claims['email_verified'] !== undefined && claims['email_verified'] !== true)
    throw new Error(typeof claims['email_verified'] === 'boolean' ? 'oidc: email not verified' : "oidc: parse 'email_verified' claim: not a bool");
  return prefix + name;
}

function requiredText(claims: Claims, claim: string, what: string): string {
  const value = claims[claim];
  if (value === undefined) throw new Error(`oidc: parse ${what}: claim not present`);
  if (typeof value !== 'string')
    throw new Error(`oidc: parse ${what}: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type string`);
  return value;
}

/** One text, or a list of them. */
function claimedGroups(claims: Claims, { claim = '', prefix = '' }: PrefixedClaimOrExpression): string[] {
  const value = claim === '' ? undefined : claims[claim];
  if (value === undefined || value === null) return [];
  const groups = [value].flat();
  if (!groups.every((group) => typeof group === 'string'))
    throw new Error(`oidc: parse groups claim ${JSON.stringify(claim)}: json: cannot unmarshal into Go value of type string`);
  return groups.map((group) => prefix + group);
}

/** A result that may be one text, several, or nothing; empty texts are nothing too. */
function textList(value: unknown, what: string): string[] {
  if (value === null || value === '') return [];
  const list: unknown[] = [value].flat();
  if (!list.every((item) => typeof item === 'string'))
    throw new Error(`oidc: error evaluating ${what} claim expression: expression must return a string or a list of strings`);
  return list.filter((item) => item !== '');
}

const uidField = (uid: string): { uid?: string } => (uid === '' ? {} : { uid });

function extraField(claims: Claims, extras: readonly { readonly key: string; readonly expression: CompiledExpression }[]): Pick<UserInfo, 'extra'> {
  const extra: Record<string, readonly string[]> =
    typeof claims['jti'] === 'string' && claims['jti'] !== '' ? { [credentialId]: [`JTI=${claims['jti']}`] } : {};
  for (const { key, expression } of extras) {
    const values = textList(evaluated(expression, claims, 'extra'), 'extra');
    if (values.length > 0) extra[key] = values;
  }
  return Object.keys(extra).length > 0 ? { extra } : {};
}

function requireClaim(claims: Claims, claim: string, wanted: string): void {
  const value = claims[claim];
  if (value === undefined) throw new Error(`oidc: required claim ${claim} not present in ID token`);
  if (typeof value !== 'string') throw new Error(`oidc: parse claim ${claim}: not a string`);
  if (value !== wanted) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${wanted}`);
}

function requireTrue(value: unknown, { expression, message }: { expression?: string | undefined; message?: string | undefined }, what: string): void {
  if (value === true) return;
  throw new Error(`oidc: error evaluating ${what}: validation expression '${expression ?? ''}' failed${message ? `: ${message}` : ''}`);
}
