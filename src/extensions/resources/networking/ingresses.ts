import { isIP } from 'node:net';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule } from '../../../api/generated/networking-v1.ts';
import { ingresses } from '../../../api/generated/resource-types.ts';
import { dns1123LabelProblems, wildcardSubdomainProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { ageColumn, listText, nameColumn } from '../../../extension-points/resources/printer.ts';
import { dnsSubdomainAt, eachAt, ipAt, portAt, problemsAt, rangeAt, requiredAt } from '../core/field-checks.ts';
import { ingressText } from '../core/services.ts';

const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];
const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badEndings = ['/..', '/.'];

/** networking.k8s.io/v1 `ingresses`. */
export function ingressDefinition(): ResourceDefinition {
  return defineBuiltIn(ingresses, {
    columns: [
      nameColumn,
      {
        name: 'Class',
        description: 'The class whose controller serves it.',
        cell: ({ metadata, spec }) => spec?.ingressClassName ?? metadata.annotations?.[classAnnotation] ?? '<none>',
      },
      { name: 'Hosts', description: 'Hosts its rules are for.', cell: ({ spec }) => hostsText(spec?.rules ?? []) },
      { name: 'Address', description: 'Where it can be reached.', cell: ({ status }) => ingressText(status?.loadBalancer?.ingress) },
      { name: 'Ports', description: 'Ports it listens on.', cell: ({ spec }) => ((spec?.tls?.length ?? 0) > 0 ? '80, 443' : '80') },
      ageColumn,
    ],
    prepareForCreate(draft) {
      draft.status = { loadBalancer: {} };
    },
    validate: (ingress, context) => validate(ingress, context.operation === 'CREATE'),
    status: {
      validateUpdate: ({ status }) =>
        eachAt(status?.loadBalancer?.ingress, 'status.loadBalancer.ingress', ({ ip, hostname }, path) => [
          ...(ip ? ipAt(ip, `${path}.ip`) : []),
          ...(hostname ? dnsSubdomainAt(hostname, `${path}.hostname`) : []),
        ]),
    },
  });
}

function hostsText(rules: readonly Loose<IngressRule>[]): string {
  const hosts = rules.map((rule) => rule.host ?? '').filter((host) => host !== '');
  return hosts.length === 0 ? '*' : listText(hosts, 3, '*');
}

function validate({ metadata, spec = {} }: Draft<Ingress>, isNew: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const annotation = metadata.annotations?.[classAnnotation];
  if (isNew && annotation !== undefined && spec.ingressClassName !== undefined) {
    errors.push(fieldError.invalid(`metadata.annotations.${classAnnotation}`, annotation, 'can not be set when the class field is also set'));
  }
  if ((spec.rules?.length ?? 0) === 0 && !spec.defaultBackend)
    errors.push(fieldError.invalid('spec', spec, 'either `defaultBackend` or `rules` must be specified'));
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  errors.push(...eachAt(spec.rules, 'spec.rules', validateRule));
  errors.push(
    ...eachAt(spec.tls, 'spec.tls', (tls, path) => [
      ...eachAt(tls.hosts, `${path}.hosts`, validateHost),
      ...(tls.secretName ? dnsSubdomainAt(tls.secretName, `${path}.secretName`) : []),
    ]),
  );
  return spec.ingressClassName === undefined ? errors : [...errors, ...dnsSubdomainAt(spec.ingressClassName, 'spec.ingressClassName')];
}

const validateHost = (host: string, path: string): FieldError[] =>
  host.includes('*') ? problemsAt(wildcardSubdomainProblems, host, path) : dnsSubdomainAt(host, path);

function validateRule(rule: Loose<IngressRule>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (rule.host) {
    if (isIP(rule.host) !== 0) errors.push(fieldError.invalid(`${path}.host`, rule.host, 'must be a DNS name, not an IP address'));
    errors.push(...validateHost(rule.host, `${path}.host`));
  }
  if (!rule.http) return errors;
  if ((rule.http.paths?.length ?? 0) === 0) errors.push(fieldError.required(`${path}.http.paths`));
  return [...errors, ...eachAt(rule.http.paths, `${path}.http.paths`, validatePath)];
}

function validatePath({ path: text = '', pathType, backend = {} }: Loose<HTTPIngressPath>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (pathType === undefined) errors.push(fieldError.required(`${path}.pathType`, 'pathType must be specified'));
  else if (!pathTypes.includes(pathType)) errors.push(fieldError.notSupported(`${path}.pathType`, pathType, pathTypes));
  else errors.push(...validatePathText(text, pathType, `${path}.path`));
  return [...errors, ...validateBackend(backend, `${path}.backend`)];
}

function validatePathText(text: string, pathType: string, path: string): FieldError[] {
  if (pathType === 'ImplementationSpecific') return text === '' || text.startsWith('/') ? [] : [fieldError.invalid(path, text, 'must be an absolute path')];
  if (!text.startsWith('/')) return [fieldError.invalid(path, text, 'must be an absolute path')];
  return [
    ...badSequences.filter((bad) => text.includes(bad)).map((bad) => fieldError.invalid(path, text, `must not contain '${bad}'`)),
    ...badEndings.filter((bad) => text.endsWith(bad)).map((bad) => fieldError.invalid(path, text, `cannot end with '${bad}'`)),
  ];
}

function validateBackend({ service, resource }: Loose<IngressBackend>, path: string): FieldError[] {
  if (resource) {
    const errors = service ? [fieldError.invalid(path, '', 'cannot set both resource and service backends')] : [];
    return [...errors, ...requiredAt(resource.kind, `${path}.resource.kind`), ...requiredAt(resource.name, `${path}.resource.name`)];
  }
  if (!service) return [fieldError.invalid(path, '', 'resource or service backend is required')];
  const errors = service.name ? problemsAt(dns1123LabelProblems, service.name, `${path}.service.name`) : [fieldError.required(`${path}.service.name`)];
  const { name, number } = service.port ?? {};
  const at = `${path}.service.port`;
  if (name && number) return [...errors, fieldError.invalid(path, '', 'cannot set both port name & port number')];
  if (name) return [...errors, ...portAt(name, `${at}.name`)];
  return [...errors, ...(number ? rangeAt(number, 1, 65_535, `${at}.number`) : [fieldError.required(path, 'port name or number is required')])];
}
