import type { WebhookClientConfig } from '../../../api/generated/admissionregistration-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { rangeAt, requiredAt } from '../core/field-checks.ts';

/** How a webhook is reached: exactly one of a URL and a service. Used by admission and by conversion of custom resources. */
export function validateWebhookClient({ url, service }: Loose<WebhookClientConfig>, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [fieldError.required(path, 'exactly one of url or service is required')];
  if (url !== undefined) return validateUrl(url, `${path}.url`);
  const at = `${path}.service`;
  const errors = [
    ...requiredAt(service?.name, `${at}.name`, 'service name is required'),
    ...requiredAt(service?.namespace, `${at}.namespace`, 'service namespace is required'),
  ];
  if (service?.path !== undefined && !service.path.startsWith('/')) errors.push(fieldError.invalid(`${at}.path`, service.path, "must start with a '/'"));
  else if (service?.path !== undefined && service.path !== '/' && service.path.slice(1).replace(/\/$/, '').split('/').includes(''))
    errors.push(fieldError.invalid(`${at}.path`, service.path, 'segments may not be empty'));
  return [...errors, ...rangeAt(service?.port, 1, 65_535, `${at}.port`)];
}

const form = 'desired format: https://host[/path]';

function validateUrl(text: string, path: string): FieldError[] {
  if (!URL.canParse(text)) return [fieldError.required(path, `url must be a valid URL: ${JSON.stringify(text)}; ${form}`)];
  const url = new URL(text);
  const errors: FieldError[] = [];
  if (url.protocol !== 'https:') errors.push(fieldError.invalid(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`));
  if (url.host === '') errors.push(fieldError.invalid(path, url.host, `host must be specified; ${form}`));
  if (url.username !== '' || url.password !== '') errors.push(fieldError.invalid(path, '<redacted>', 'user information is not permitted in the URL'));
  if (url.hash !== '') errors.push(fieldError.invalid(path, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search !== '') errors.push(fieldError.invalid(path, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return errors;
}
