import { integerOrText } from './integer-or-text.ts';

/** `HOST/PATH=SERVICE:PORT`, what follows is read if it can be. */
const form = /^[\w*\-.]*\/.*=[\w-]+:[\w-]+/;

/** Throws for a rule that is not of the form. */
export function checkRule(rule: string): void {
  if (!form.test(rule)) throw new Error(`rule ${rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
}

/** `SERVICE:PORT`; the port is a number or a name. */
export function ingressBackend(text: string): Readonly<Record<string, unknown>> {
  const [name = '', port = ''] = text.split(':');
  const value = integerOrText(port);
  return { service: { name, port: typeof value === 'number' ? { number: value } : { name: value } } };
}

interface Rule {
  readonly host?: string;
  readonly http: { readonly paths: unknown[] };
}

/** The rules of an ingress: those of one host together, in the order of their first. */
export function ingressRules(texts: readonly string[]): readonly Rule[] {
  const rules = new Map<string, Rule>();
  for (const text of texts) {
    const target = text.split(',')[0]!;
    const host = hostOf(target);
    const known = rules.get(host) ?? { ...(host === '' ? {} : { host }), http: { paths: [] } };
    known.http.paths.push(pathOf(target.slice(host.length + 1)));
    rules.set(host, known);
  }
  return [...rules.values()];
}

const hostOf = (text: string): string => text.slice(0, text.indexOf('/'));

function pathOf(text: string): Readonly<Record<string, unknown>> {
  const [tail = '', service = ''] = text.split('=');
  const path = `/${tail}`;
  const isPrefix = path.endsWith('*');
  return { path: isPrefix ? path.slice(0, -1) : path, pathType: isPrefix ? 'Prefix' : 'Exact', backend: ingressBackend(service) };
}

interface Tls {
  readonly hosts: string[];
  readonly secretName?: string;
}

/** Which hosts have which certificate; each host counts once, hosts of one secret stand together. */
export function ingressTls(texts: readonly string[]): readonly Tls[] {
  const found: Tls[] = [];
  const seen = new Set<string>();
  for (const text of texts) {
    const parts = text.split(',');
    const host = hostOf(text);
    if (parts.length !== 2 || seen.has(host)) continue;
    seen.add(host);
    const secret = parts[1]!.split('=')[1] ?? '';
    const known = found.find(({ secretName = '' }) => secretName === secret);
    if (known) known.hosts.push(host);
    else if (host !== '' || secret !== '') found.push({ hosts: host === '' ? [] : [host], ...(secret === '' ? {} : { secretName: secret }) });
  }
  return found;
}
