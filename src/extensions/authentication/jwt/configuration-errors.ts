import { X509Certificate } from 'node:crypto';
import { dns1123SubdomainProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { duplicateFinder, tooManyItems } from '../../../extension-points/authentication/configuration-file.ts';
import type { ExpressionCompiler } from '../../../extension-points/authentication/expressions.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { mappingErrors, ruleErrors, userRuleErrors } from './claim-errors.ts';
import type { AuthenticationConfiguration, IssuerConfiguration } from './configuration.ts';

const maximumIssuers = 64;

export interface ConfigurationContext {
  readonly compiler: ExpressionCompiler;
  /** Whose tokens this server knows by other means. */
  readonly disallowedIssuers: readonly string[];
}

/** What is wrong with a configuration, path by path. */
export function configurationErrors({ jwt = [], anonymous }: Loose<AuthenticationConfiguration>, context: ConfigurationContext): FieldError[] {
  if (jwt.length > maximumIssuers) return [tooManyItems('jwt', jwt.length, maximumIssuers)];
  const [url, discovery] = [duplicateFinder(), duplicateFinder()];
  const errors = jwt.flatMap(({ issuer = {}, claimMappings = {}, claimValidationRules = [], userValidationRules = [] }, index) => {
    const path = `jwt[${index}]`;
    const claims = ruleErrors(claimValidationRules, `${path}.claimValidationRules`, context.compiler);
    return [
      ...issuerErrors(issuer, `${path}.issuer`, context),
      ...claims.errors,
      ...mappingErrors(claimMappings, `${path}.claimMappings`, { compiler: context.compiler, areEmailsVerified: claims.areEmailsVerified }),
      ...userRuleErrors(userValidationRules, `${path}.userValidationRules`, context.compiler),
      ...url(issuer.url ?? '', `${path}.issuer.url`),
      ...(issuer.discoveryURL ? discovery(issuer.discoveryURL, `${path}.issuer.discoveryURL`) : []),
    ];
  });
  if (anonymous && !anonymous.enabled && anonymous.conditions?.length)
    errors.push(fieldError.invalid('anonymous.conditions', anonymous.conditions, 'enabled should be set to true when conditions are defined'));
  return errors;
}

function issuerErrors(issuer: Loose<IssuerConfiguration>, path: string, { disallowedIssuers }: ConfigurationContext): FieldError[] {
  const { url, discoveryURL, certificateAuthority, egressSelectorType } = issuer;
  const errors = url ? urlErrors(url, `${path}.url`, disallowedIssuers) : [fieldError.required(`${path}.url`)];
  if (discoveryURL) {
    const at = `${path}.discoveryURL`;
    if (url && withoutSlashes(url) === withoutSlashes(discoveryURL))
      errors.push(fieldError.invalid(at, discoveryURL, 'discoveryURL must be different from URL'));
    errors.push(...urlErrors(discoveryURL, at, []));
  }
  errors.push(...audienceErrors(issuer, path));
  if (certificateAuthority && !isCertificate(certificateAuthority))
    errors.push(fieldError.invalid(`${path}.certificateAuthority`, '<omitted>', 'data does not contain any valid RSA or ECDSA certificates'));
  if (egressSelectorType && egressSelectorType !== 'controlplane' && egressSelectorType !== 'cluster')
    errors.push(fieldError.invalid(`${path}.egressSelectorType`, egressSelectorType, 'egress selector must be either controlplane or cluster'));
  return errors;
}

function audienceErrors({ audiences = [], audienceMatchPolicy }: Loose<IssuerConfiguration>, path: string): FieldError[] {
  const at = `${path}.audiences`;
  if (audiences.length === 0) return [fieldError.required(at, `at least one ${at} is required`)];
  const duplicate = duplicateFinder();
  const errors = audiences.flatMap((audience, index) => [
    ...(audience === '' ? [fieldError.required(`${at}[${index}]`)] : []),
    ...duplicate(audience, `${at}[${index}]`),
  ]);
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny')
    errors.push(fieldError.invalid(`${path}.audienceMatchPolicy`, audienceMatchPolicy ?? '', 'audienceMatchPolicy must be MatchAny for multiple audiences'));
  if (audiences.length === 1 && audienceMatchPolicy && audienceMatchPolicy !== 'MatchAny')
    errors.push(fieldError.invalid(`${path}.audienceMatchPolicy`, audienceMatchPolicy, 'audienceMatchPolicy must be empty or MatchAny for single audience'));
  return errors;
}

function urlErrors(text: string, path: string, disallowed: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (detail: string): void => void errors.push(fieldError.invalid(path, text, detail));
  if (disallowed.includes(text)) refuse(`URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`);
  // A text without scheme is a relative reference to Go, and none to URL.
  const url = URL.parse(text) ?? URL.parse(text, 'none://none');
  if (!url) return [...errors, fieldError.invalid(path, text, `parse ${JSON.stringify(text)}: invalid URL`)];
  if (url.protocol !== 'https:') refuse('URL scheme must be https');
  if (url.username !== '' || url.password !== '') refuse('URL must not contain a username or password');
  if (url.search !== '') refuse('URL must not contain a query');
  if (url.hash !== '') refuse('URL must not contain a fragment');
  return errors;
}

const withoutSlashes = (url: string): string => url.replace(/\/+$/, '');

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}

/** The domain before the slash of a key such as `example.org/foo`. */
export function domainPrefixedPathErrors(key: string, path: string): FieldError[] {
  if (key === '') return [fieldError.required(path)];
  const slash = key.indexOf('/');
  if (slash < 0 || slash === key.length - 1) return [fieldError.invalid(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const [domain, rest] = [key.slice(0, slash), key.slice(slash + 1)];
  const problems = dns1123SubdomainProblems(domain);
  if (problems.length > 0) return problems.map((problem) => fieldError.invalid(path, domain, problem));
  return /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest)
    ? []
    : [fieldError.invalid(path, rest, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')")];
}
