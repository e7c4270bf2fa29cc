import { X509Certificate } from 'node:crypto';
import { dns1035LabelProblems, dns1123SubdomainProblems, portNumberProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { hasControlCharacter } from '../../../api/string-formats-internet.ts';
import { eachAt } from '../core/field-checks.ts';
import { type Definition, isEstablished, type Spec } from './definition-view.ts';

const path = 'spec.conversion';
const clientPath = `${path}.webhookClientConfig`;
const reviewPath = `${path}.conversionReviewVersions`;
const recognized = ['v1', 'v1beta1'];

/** Fields of upstream's internal type: `webhook.clientConfig` and `webhook.conversionReviewVersions` are called `webhookClientConfig` and `conversionReviewVersions`. */
export function conversionErrors({ conversion }: Spec, options: { requiresRecognizedReview: boolean; allowsInvalidBundle: boolean }): FieldError[] {
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  const reviewVersions = webhook?.conversionReviewVersions ?? [];
  if (strategy === 'Webhook')
    return [
      ...(webhook?.clientConfig
        ? clientErrors(webhook.clientConfig, options.allowsInvalidBundle)
        : [fieldError.required(clientPath, 'required when strategy is set to Webhook')]),
      ...reviewErrors(reviewVersions, options.requiresRecognizedReview),
    ];
  const detail = 'should not be set when strategy is not set to Webhook';
  return [
    ...strategyErrors(strategy),
    ...(webhook?.clientConfig ? [fieldError.forbidden(clientPath, detail)] : []),
    ...(reviewVersions.length > 0 ? [fieldError.forbidden(reviewPath, detail)] : []),
  ];
}

function strategyErrors(strategy: string | undefined): FieldError[] {
  if (!strategy) return [fieldError.required(`${path}.strategy`)];
  return strategy === 'None' ? [] : [fieldError.notSupported(`${path}.strategy`, strategy, ['None', 'Webhook'])];
}

/** Whether the versions that a webhook reads have one that the server writes, or are none at all. */
export function hasRecognizedReviewVersion({ conversion }: Spec): boolean {
  const versions = conversion?.webhook?.conversionReviewVersions ?? [];
  return versions.length === 0 || versions.some((version) => recognized.includes(version));
}

function reviewErrors(versions: readonly string[], requiresRecognized: boolean): FieldError[] {
  if (versions.length === 0) return [fieldError.required(reviewPath)];
  const seen = new Set<string>();
  const errors = eachAt(versions, reviewPath, (version, at) => {
    if (seen.has(version)) return [fieldError.invalid(at, version, 'duplicate version')];
    seen.add(version);
    return dns1035LabelProblems(version).map((detail) => fieldError.invalid(at, version, detail));
  });
  if (requiresRecognized && !versions.some((version) => recognized.includes(version)))
    errors.push(fieldError.invalid(reviewPath, versions, `must include at least one of ${recognized.join(', ')}`));
  return errors;
}

type ClientConfig = NonNullable<NonNullable<NonNullable<Spec['conversion']>['webhook']>['clientConfig']>;

function clientErrors({ url, service, caBundle }: ClientConfig, allowsInvalidBundle: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) errors.push(fieldError.required(clientPath, 'exactly one of url or service is required'));
  else if (url !== undefined) errors.push(...urlErrors(url));
  else if (service) errors.push(...serviceErrors(service));
  const problem = caBundle && !allowsInvalidBundle ? bundleProblem(caBundle) : undefined;
  return problem === undefined ? errors : [...errors, fieldError.invalid(`${clientPath}.caBundle`, caBundle, problem)];
}

const form = '; desired format: https://host[/path]';

function urlErrors(text: string): FieldError[] {
  const at = `${clientPath}.url`;
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  if (!match || hasControlCharacter(text) || /%(?![0-9A-Fa-f]{2})/.test(text) || text.startsWith(':'))
    return [fieldError.required(at, `url must be a valid URL: parse ${JSON.stringify(text)}: ${urlProblem(text)}${form}`)];
  const [, scheme = '', authority = '', query = '', fragment = ''] = match;
  const user = authority.slice(0, Math.max(authority.lastIndexOf('@'), 0));
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const errors: FieldError[] = [];
  if (scheme.toLowerCase() !== 'https') errors.push(fieldError.invalid(at, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`));
  if (host === '') errors.push(fieldError.invalid(at, host, `host must be specified${form}`));
  if (authority.includes('@')) errors.push(fieldError.invalid(at, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(fieldError.invalid(at, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(fieldError.invalid(at, query, 'query parameters are not permitted in the URL'));
  return errors;
}

/** Go's words for what keeps a text from being a URL. */
function urlProblem(text: string): string {
  if (hasControlCharacter(text)) return 'net/url: invalid control character in URL';
  if (text.startsWith(':')) return 'missing protocol scheme';
  return `invalid URL escape ${JSON.stringify(/%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)?.[0] ?? '')}`;
}

function serviceErrors({ name = '', namespace = '', path: urlPath, port = 0 }: NonNullable<ClientConfig['service']>): FieldError[] {
  const at = `${clientPath}.service`;
  const errors: FieldError[] = [];
  // Upstream names the other of the two fields.
  if (namespace === '') errors.push(fieldError.required(`${at}.name`));
  if (name === '') errors.push(fieldError.required(`${at}.namespace`));
  const portProblems = portNumberProblems(port);
  if (portProblems.length > 0) errors.push(fieldError.invalid(`${at}.port`, port, `port is not valid: ${portProblems.join(', ')}`));
  return urlPath === undefined ? errors : [...errors, ...servicePathErrors(urlPath, `${at}.path`)];
}

function servicePathErrors(path: string, at: string): FieldError[] {
  if (path === '/' || path === '') return [];
  if (path === '//') return [fieldError.invalid(at, path, 'segment[0] may not be empty')];
  const errors = path.startsWith('/') ? [] : [fieldError.invalid(at, path, "must start with a '/'")];
  for (const [index, step] of path.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (step === '') errors.push(fieldError.invalid(at, path, `segment[${index}] may not be empty`));
    else errors.push(...dns1123SubdomainProblems(step).map((problem) => fieldError.invalid(at, path, `segment[${index}]: ${problem}`)));
  }
  return errors;
}

/** A bundle that could not be read before may stay; and as long as nothing is served, any may be given. */
export function allowsInvalidBundle(old: Definition): boolean {
  if (!isEstablished(old)) return true;
  const bundle = old.spec?.conversion?.webhook?.clientConfig?.caBundle;
  return bundle ? bundleProblem(bundle) !== undefined : false;
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** Why a base64 bundle of PEM certificates has none; undefined when it has. */
function bundleProblem(bundle: string): string | undefined {
  const prefix = 'unable to load root certificates: ';
  const blocks = [...Buffer.from(bundle, 'base64').toString('latin1').matchAll(pemBlock)];
  if (blocks.length === 0) return `${prefix}unable to parse bytes as PEM block`;
  const certificates = blocks.filter(([, type]) => type === 'CERTIFICATE');
  if (certificates.some(([text]) => isCertificate(text))) return undefined;
  return `${prefix}${certificates.length === 0 ? 'no valid certificate authority data seen' : 'failed to parse certificate: x509: malformed certificate'}`;
}

function isCertificate(text: string): boolean {
  try {
    return Boolean(new X509Certificate(text));
  } catch {
    // Whatever the reason, it is not one.
    return false;
  }
}
